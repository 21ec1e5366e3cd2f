/* SPDX-License-Identifier: MIT */
/* SipHash-2-4, 128 bits: J.-P. Aumasson, D.J. Bernstein, "SipHash: a fast short-input PRF", 2012, and the variant with a
 * longer result that its authors added. The key is all zero: names that collide can be made only by 2^64 trials. */
#include "hash.h"

typedef struct sip {
    uint64_t v0, v1, v2, v3;
    uint64_t pending; /* bytes that do not fill a word yet */
    uint64_t total;   /* bytes so far */
} sip;

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_round(sip *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

static uint64_t little_endian(const unsigned char *p)
{
    uint64_t x = 0;
    for (int i = 7; i >= 0; i--)
        x = x << 8 | p[i];
    return x;
}

static void sip_start(sip *s, const unsigned char key[16])
{
    uint64_t k0 = little_endian(key), k1 = little_endian(key + 8);
    s->v0 = k0 ^ 0x736f6d6570736575;
    s->v1 = k1 ^ 0x646f72616e646f6d ^ 0xee;
    s->v2 = k0 ^ 0x6c7967656e657261;
    s->v3 = k1 ^ 0x7465646279746573;
    s->pending = 0;
    s->total = 0;
}

static void sip_word(sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    sip_round(s);
    s->v0 ^= word;
}

static void sip_bytes(sip *s, sf_str bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.ptr;
    size_t i = 0;
    while (i < bytes.len) {
        if (s->total % 8 == 0 && bytes.len - i >= 8) {
            sip_word(s, little_endian(p + i));
            s->total += 8;
            i += 8;
            continue;
        }
        s->pending |= (uint64_t)p[i++] << (s->total % 8 * 8);
        if (++s->total % 8 == 0) {
            sip_word(s, s->pending);
            s->pending = 0;
        }
    }
}

static sf_hash sip_finish(sip *s)
{
    sf_hash h;
    sip_word(s, s->pending | s->total << 56);
    s->v2 ^= 0xee;
    for (int i = 0; i < 4; i++)
        sip_round(s);
    h.low = s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
    s->v1 ^= 0xdd;
    for (int i = 0; i < 4; i++)
        sip_round(s);
    h.high = s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
    return h;
}

sf_hash sf_siphash128(const unsigned char key[16], sf_str bytes)
{
    sip s;
    sip_start(&s, key);
    sip_bytes(&s, bytes);
    return sip_finish(&s);
}

sf_hash sf_hash_parts(const sf_str *parts, size_t n)
{
    static const unsigned char key[16];
    sip s;
    sip_start(&s, key);
    for (size_t i = 0; i < n; i++) {
        unsigned char length[8];
        for (size_t k = 0; k < 8; k++)
            length[k] = (unsigned char)((uint64_t)parts[i].len >> (8 * k));
        sip_bytes(&s, (sf_str){(const char *)length, sizeof length});
        sip_bytes(&s, parts[i]);
    }
    return sip_finish(&s);
}

sf_hash sf_hash_post(int32_t platform, sf_str source_id)
{
    sf_str parts[2] = {sf_cstr(sf_platform_name(platform)), source_id};
    return sf_hash_parts(parts, 2);
}
