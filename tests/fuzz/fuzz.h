/*
 * What the fuzz targets have in common: the entry point, a way to say what must
 * hold, and a reader that hands out the input byte by byte.
 *
 * Each fuzz_NAME.c has one LLVMFuzzerTestOneInput(). libFuzzer calls it with bytes
 * that it makes up; replay.c calls it with the files of a corpus under any compiler.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the input; abort() is what both libFuzzer and replay.c take for a finding. */
#define MUST(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition);                       \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* The input, handed out from the front; zeros behind its end. */
struct fuzz_in {
    const uint8_t *at;
    size_t left;
};

static inline uint8_t fuzz_u8(struct fuzz_in *in)
{
    if (!in->left)
        return 0;
    in->left--;
    return *in->at++;
}

static inline uint16_t fuzz_u16(struct fuzz_in *in)
{
    unsigned high = fuzz_u8(in);
    return (uint16_t)(high << 8 | fuzz_u8(in));
}

/* As many of `n` bytes as there are, zeros for the rest. */
static inline void fuzz_bytes(struct fuzz_in *in, void *to, size_t n)
{
    size_t there = n < in->left ? n : in->left;
    memset(to, 0, n);
    if (there)
        memcpy(to, in->at, there);
    in->at += there;
    in->left -= there;
}

#endif
