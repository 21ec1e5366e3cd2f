# SPDX-License-Identifier: MIT
"""spaCy components; importing this module registers them (installed packages do it by entry points).

    nlp = spacy.blank("en")
    nlp.add_pipe("signalflow")
    doc = nlp("NASA lands on Europa, great!")
    doc._.signalflow_sentiment.compound, doc._.signalflow_topics, doc.ents
"""
from __future__ import annotations

from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from .analyser import Analyser


@Language.factory("signalflow", default_config={"set_ents": True})
def make(nlp: Language, name: str, set_ents: bool) -> Component:
    """set_ents: add our entities to doc.ents, where none of the pipeline's own overlaps; their ids become ent_id_."""
    return Component(set_ents)


class Component:
    """Sets doc._.signalflow_sentiment (Scores), doc._.signalflow_entities, doc._.signalflow_topics and
    doc._.signalflow_keywords, worked out when they are read; and doc.ents if `set_ents`."""

    def __init__(self, set_ents: bool = True, analyser: Analyser | None = None):
        self.set_ents = set_ents
        self.analyser = analyser or Analyser()
        a = self.analyser
        for name, get in (("sentiment", a.sentiment), ("entities", a.entities), ("topics", a.topics),
                          ("keywords", lambda text: [k.word for k in a.keywords(text)])):
            Doc.set_extension(f"signalflow_{name}", getter=_getter(get), force=True)

    def __call__(self, doc: Doc) -> Doc:
        if self.set_ents:
            ours = [doc.char_span(e.start, e.end, label=e.label, span_id=e.id, alignment_mode="expand")
                    for e in self.analyser.entities(doc.text)]
            doc.set_ents(filter_spans([*doc.ents, *_free(doc, ours)]), default="unmodified")
        return doc

    def to_bytes(self, **_: Any) -> bytes:
        return b""

    def from_bytes(self, *_: Any, **__: Any) -> Component:
        return self

    def to_disk(self, *_: Any, **__: Any) -> None:
        pass

    def from_disk(self, *_: Any, **__: Any) -> Component:
        return self


def _getter(get: Any) -> Any:
    return lambda doc: get(doc.text)


def _free(doc: Doc, spans: list[Span | None]) -> list[Span]:
    """Those that touch none of the document's entities; their ids in ent_id_."""
    taken = {token.i for ent in doc.ents for token in ent}
    return [Span(doc, s.start, s.end, label=s.label_, span_id=s.id_, kb_id=s.id_) for s in spans
            if s is not None and not any(token.i in taken for token in s)]
