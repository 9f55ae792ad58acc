/* A host that loads has every number in its range, or none with a reason. */
#include <math.h>

#include "prof/host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena a;
    struct host h;
    struct err e = {0};
    arena_init(&a, ARENA_SMALL);
    if (host_load_text(&h, &a, (str){(const char *)data, n}, "fuzz", &e) == STATUS_OK) {
        ASSERT(h.name[0] != '\0' && h.title[0] != '\0');
        for (int id = 0; id < HOST_N_PARAMS; id++) {
            double v = host_value(&h, (enum host_param_id)id);
            ASSERT(isnan(v) ? h.note[id].note[0] != '\0'
                            : v >= host_params[id].min && v <= host_params[id].max);
        }
    } else {
        ASSERT(e.status != STATUS_OK && e.message[0] != '\0');
    }
    arena_done(&a);
    return 0;
}
