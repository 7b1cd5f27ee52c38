/*
 * A pool: equal items in chunks, addressed by 32-bit indices.
 *
 * Used by table.c for routes and paths, by origin.c for kernel routes. Indices
 * stay valid while their item lives, growing copies nothing, an empty chunk is
 * given back, and walking by index survives any change in between. Index 0 is
 * no item.
 */
#ifndef RIPNG_POOL_H
#define RIPNG_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_CHUNK_BITS 12
#define POOL_CHUNK (1u << POOL_CHUNK_BITS)

struct pool_chunk {
    uint32_t used;
    uint32_t hint;                 /* no word of the map before this one has room */
    uint64_t map[POOL_CHUNK / 64]; /* a bit for each item in use */
    /* the items follow */
    _Alignas(8) unsigned char items[];
};

struct pool {
    struct pool_chunk **chunks;
    uint32_t n_chunks;
    uint32_t hint;  /* no chunk before this one has room */
    uint32_t count; /* items in use */
    uint32_t item_size;
};

void pool_init(struct pool *p, size_t item_size); /* no memory yet */
void pool_clear(struct pool *p);

/* A zeroed item; 0: no memory. */
uint32_t pool_add(struct pool *p);
void pool_del(struct pool *p, uint32_t index);

static inline void *pool_at(const struct pool *p, uint32_t index)
{
    struct pool_chunk *c = p->chunks[index >> POOL_CHUNK_BITS];
    return c->items + (size_t)(index & (POOL_CHUNK - 1)) * p->item_size;
}

uint32_t pool_search(const struct pool *p, uint32_t from);

/* The first item in use after `index` (0 to begin); 0: no more. Most often it is the very next. */
static inline uint32_t pool_next(const struct pool *p, uint32_t index)
{
    uint32_t next = index + 1, at = next >> POOL_CHUNK_BITS;
    const struct pool_chunk *c = at < p->n_chunks ? p->chunks[at] : NULL;
    if (c && (c->map[(next & (POOL_CHUNK - 1)) / 64] >> (next % 64) & 1))
        return next;
    return pool_search(p, next);
}

#endif
