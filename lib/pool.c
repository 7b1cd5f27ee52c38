/*
 * A pool of equal items in chunks; see pool.h.
 *
 * Called by table.c and origin.c. A bitmap per chunk finds a free item and walks
 * those in use, so an item needs no link and no mark of its own.
 */
#include "pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void pool_init(struct pool *p, size_t item_size)
{
    *p = (struct pool){.item_size = (uint32_t)item_size};
}

void pool_clear(struct pool *p)
{
    for (uint32_t i = 0; i < p->n_chunks; i++)
        free(p->chunks[i]);
    free(p->chunks);
    pool_init(p, p->item_size);
}

/* A chunk's place may be empty (given back); index 0 of the first is never handed out. */
static bool chunk_fill(struct pool *p, uint32_t at)
{
    if (at == p->n_chunks) {
        struct pool_chunk **grown = realloc(p->chunks, (at + 1) * sizeof *grown);
        if (!grown)
            return false;
        p->chunks = grown;
        grown[at] = NULL;
        p->n_chunks++;
    }
    if (!p->chunks[at]) {
        p->chunks[at] = calloc(1, sizeof(struct pool_chunk) + (size_t)POOL_CHUNK * p->item_size);
        if (!p->chunks[at])
            return false;
        if (at == 0) {
            p->chunks[0]->map[0] = 1;
            p->chunks[0]->used = 1;
        }
    }
    return true;
}

uint32_t pool_add(struct pool *p)
{
    while (p->hint < p->n_chunks && p->chunks[p->hint] && p->chunks[p->hint]->used == POOL_CHUNK)
        p->hint++;
    if (p->hint >= UINT32_MAX >> POOL_CHUNK_BITS || !chunk_fill(p, p->hint))
        return 0;

    struct pool_chunk *c = p->chunks[p->hint];
    while (c->map[c->hint] == UINT64_MAX)
        c->hint++;
    uint32_t word = c->hint;
    uint32_t bit = (uint32_t)__builtin_ctzll(~c->map[word]);
    c->map[word] |= (uint64_t)1 << bit;
    c->used++;
    p->count++;
    uint32_t index = (p->hint << POOL_CHUNK_BITS) + word * 64 + bit;
    memset(pool_at(p, index), 0, p->item_size);
    return index;
}

void pool_del(struct pool *p, uint32_t index)
{
    uint32_t at = index >> POOL_CHUNK_BITS, word = (index & (POOL_CHUNK - 1)) / 64;
    uint64_t bit = (uint64_t)1 << (index % 64);
    struct pool_chunk *c = p->chunks[at];
    assert(index && (c->map[word] & bit));
    c->map[word] &= ~bit;
    if (word < c->hint)
        c->hint = word;
    c->used--;
    p->count--;
    if (at < p->hint)
        p->hint = at;
    if (c->used == (at == 0)) {
        free(c);
        p->chunks[at] = NULL;
    }
}

/* The first item in use from `index` on; 0: none. */
uint32_t pool_search(const struct pool *p, uint32_t index)
{
    for (uint32_t at = index >> POOL_CHUNK_BITS; at < p->n_chunks; at++, index = at << POOL_CHUNK_BITS) {
        const struct pool_chunk *c = p->chunks[at];
        if (!c)
            continue;
        uint32_t word = (index & (POOL_CHUNK - 1)) / 64;
        uint64_t bits = c->map[word] & (UINT64_MAX << (index % 64));
        while (!bits && ++word < POOL_CHUNK / 64)
            bits = c->map[word];
        if (bits) {
            uint32_t found = (at << POOL_CHUNK_BITS) + word * 64 + (uint32_t)__builtin_ctzll(bits);
            if (found)
                return found;
            return pool_search(p, 1);
        }
    }
    return 0;
}
