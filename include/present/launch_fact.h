/*
 * launch_fact.h: the numbers of the launch-queue analysis by name, from the table launch_fact.def.
 */
#ifndef WARPSCOPE_PRESENT_LAUNCH_FACT_H
#define WARPSCOPE_PRESENT_LAUNCH_FACT_H

#include "prof/launches.h"

enum launch_fact {
#define LAUNCH_FACT(id, key, title, unit, group, expression, equation, about) id,
#include "present/launch_fact.def"
#undef LAUNCH_FACT
    FACT_N
};

enum launch_unit { LAUNCH_UNIT_NS, LAUNCH_UNIT_COUNT, LAUNCH_UNIT_SHARE, LAUNCH_UNIT_FACTOR };

/* id, title */
#define LAUNCH_GROUP_LIST(X)           \
    X(LAUNCH_GROUP_VERDICT, "Verdict") \
    X(LAUNCH_GROUP_LAUNCH, "Launches") \
    X(LAUNCH_GROUP_GPU, "GPU")         \
    X(LAUNCH_GROUP_CPU, "CPU")         \
    X(LAUNCH_GROUP_QUEUE, "Queue")     \
    X(LAUNCH_GROUP_FUSION, "Fusion")

enum launch_group {
#define X(id, title) id,
    LAUNCH_GROUP_LIST(X)
#undef X
        LAUNCH_GROUP_N
};

struct launch_fact_info {
    const char *key, *title, *equation, *about;
    enum launch_unit unit;
    enum launch_group group;
};
extern const struct launch_fact_info launch_fact_info[FACT_N];
const char *launch_group_title(enum launch_group g);

/* NAN = not known. */
double launch_fact(const struct launches *l, enum launch_fact f);
/* "4.047 ms", "1,029", "7.6 %", "2.50x", "?"; in `a`. */
const char *launch_fact_text(struct arena *a, enum launch_fact f, double v);

/* What the verdict rests on, in sentences: "60 of 60 kernels (100 %) found their stream empty when
 * their launch call returned". In `a`; at most LAUNCH_MOST_EVIDENCE. */
enum { LAUNCH_MOST_EVIDENCE = 6 };
uint32_t launch_evidence(struct arena *a, const struct launches *l,
                         const char *out[LAUNCH_MOST_EVIDENCE]);

/* "509 launched before the recording began; ...", "" where every kernel is joined; in `a`. */
const char *launch_unjoined_text(struct arena *a, const struct launches *l);
/* "GPU 0 NVIDIA A100", with the rank in front where there are several; in `a`. */
const char *launch_device_title(struct arena *a, const struct launches *l, uint32_t device);

/*
 * What to call a kernel in a table: the bare name, with the functor where many kernels share it:
 * "elementwise_kernel<MulFunctor>". Above `cols` columns the middle is left out; 0 = never. In `a`.
 */
const char *launch_short_name(struct arena *a, const char *name, unsigned cols);
/* The first `n` places of a chain, "Linear x3 > RMSNorm > ..."; in `a`. */
const char *launch_short_places(struct arena *a, const char *places, unsigned n);

#endif
