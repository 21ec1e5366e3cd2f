/* SPDX-License-Identifier: MIT */
/* What a live source would ask for, for --dry-run. */
#include "poller.h"

enum { DAY_MS = 86400000 };

void sf_poller_plan(FILE *to, const char *platform, const char *what, int64_t every_ms, int64_t cost)
{
    fprintf(to, "%s: %.200s every %lld s, %lld a day\n", platform, what, (long long)(every_ms / 1000),
            (long long)(DAY_MS / every_ms * cost));
}

void sf_poller_plan_looks(const sf_poller *p, FILE *to, double per_second, int posts)
{
    fprintf(to, "%s: %zu posts are looked at again, %d a request", p->platform->name, sf_schedule_count(p->tracked),
            posts);
    if (per_second > 0) {
        fprintf(to, "; all together at most %.0f a day", per_second * DAY_MS / 1000);
    }
    (void)fputc('\n', to);
}
