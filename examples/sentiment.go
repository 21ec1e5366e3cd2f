// SPDX-License-Identifier: MIT

// From Go, by cgo: structs by value, figures that come back through a pointer, borrowed text.
//
//	$ go run sentiment.go
//	compound 0.6249
//	org nasa
//	3.85 points a second
package main

/*
#cgo pkg-config: signalflow
#include <signalflow/signalflow.h>
#include <stdlib.h>
*/
import "C"

import (
	"os"
	"strconv"
	"strings"
	"unsafe"
)

func main() {
	text := "NASA lands on Europa, great"
	var analyser *C.sf_analyser
	if C.sf_analyser_new(&analyser, nil) != C.SF_OK {
		os.Exit(1)
	}
	defer C.sf_analyser_free(analyser)

	bytes := C.CString(text)
	defer C.free(unsafe.Pointer(bytes))
	str := C.sf_str{ptr: bytes, len: C.size_t(len(text))}

	var scores C.sf_scores
	if C.sf_sentiment(analyser, str, &scores) != C.SF_OK {
		os.Exit(1)
	}
	say("compound", number(float64(scores.compound), 4))

	var entity *C.sf_entity
	if C.sf_entities(analyser, str, &entity) > 0 {
		label := C.GoStringN(entity.label.ptr, C.int(entity.label.len))
		say(strings.ToLower(label), C.GoStringN(entity.id.ptr, C.int(entity.id.len)))
	}
	say(number(float64(C.sf_velocity(45, 0, 1200, 300000)), 2), "points a second")
}

func number(x float64, digits int) string {
	return strconv.FormatFloat(x, 'f', digits, 64)
}

func say(words ...string) {
	os.Stdout.WriteString(strings.Join(words, " ") + "\n")
}
