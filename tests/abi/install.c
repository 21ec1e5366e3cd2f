/* SPDX-License-Identifier: MIT */
/* A user's program, built against what `meson install` puts down: the headers, pkg-config, the shared library. It is
 * compiled as C and as C++. */
#include <signalflow/signalflow.h>
#include <stdio.h>

int main(void)
{
    double v = sf_velocity(45, 0, 1200, 300000);
    sf_baseline base = sf_lexicon_baseline(sf_lexicon_builtin(), SF_REDDIT);
    sf_trend trend = {0, 0, 0, 0};
    sf_trend_observe(&trend, &base, 45, 0, 0);
    double rate = sf_trend_observe(&trend, &base, 1200, 300000, 0);
    double t = sf_trending(rate / base.v0, sf_normalised_score(&base, 1200), sf_recency(&base, 0, 300000));
    printf("signalflow %s: velocity %.2f trending %.3f\n", sf_version_string(), v, t);
    return sf_version() == SF_VERSION_NUMBER && v == 3.85 && t > 0 && t <= 1 ? 0 : 1;
}
