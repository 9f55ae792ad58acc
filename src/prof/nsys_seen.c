#include "nsys_seen.h"

#include "base/str.h"

void seen_init(struct seen *s)
{
    VEC_INIT(s, ARENA_LARGE);
    index_init(&s->index);
}

void seen_done(struct seen *s)
{
    index_done(&s->index);
    VEC_DONE(s);
}

struct search {
    const struct seen *seen;
    const struct seen_key *key;
};

static bool key_equal(const void *ctx, uint32_t id)
{
    const struct search *s = ctx;
    return memcmp(&s->seen->at[id].key, s->key, sizeof *s->key) == 0;
}

static uint64_t key_hash(const struct seen_key *key)
{
    _Static_assert(sizeof *key == 4 * sizeof(int64_t), "keys are compared as bytes");
    return hash_words(key, sizeof *key, 0);
}

bool seen_get(const struct seen *s, struct seen_key key, int64_t *value)
{
    uint32_t id = index_find(&s->index, key_hash(&key), key_equal, &(struct search){s, &key});
    if (id == INDEX_NONE)
        return false;
    *value = s->at[id].value;
    return true;
}

void seen_put(struct seen *s, struct seen_key key, int64_t value)
{
    int64_t old;
    if (seen_get(s, key, &old))
        return;
    index_put(&s->index, key_hash(&key), (uint32_t)s->n);
    *VEC_PUSH(s) = (struct seen_entry){key, value};
}
