/*
 * profile_store.h: a profile with the arenas that hold it and its count of users.
 */
#ifndef WARPSCOPE_PROF_PROFILE_STORE_H
#define WARPSCOPE_PROF_PROFILE_STORE_H

#include <stdatomic.h>

#include "prof/profile.h"

enum { PROFILE_ARENAS = 11 };

struct profile_store {
    struct profile profile; /* first: what users hold */
    _Atomic unsigned references;
    struct arena arenas[PROFILE_ARENAS];
};

struct profile_store *profile_store_new(void);

#endif
