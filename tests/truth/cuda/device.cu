// What the runtime says of the device, and the clock it runs at under load.
#include "truth.cuh"

static void run_attributes(void) {
    static const struct {
        const char *name, *unit;
        cudaDeviceAttr attribute;
    } rows[] = {
        {"sm_count", "SM", cudaDevAttrMultiProcessorCount},
        {"compute_capability_major", "1", cudaDevAttrComputeCapabilityMajor},
        {"compute_capability_minor", "1", cudaDevAttrComputeCapabilityMinor},
        {"threads_per_sm", "thread", cudaDevAttrMaxThreadsPerMultiProcessor},
        {"ctas_per_sm", "CTA", cudaDevAttrMaxBlocksPerMultiprocessor},
        {"threads_per_cta", "thread", cudaDevAttrMaxThreadsPerBlock},
        {"registers_per_sm", "register", cudaDevAttrMaxRegistersPerMultiprocessor},
        {"registers_per_cta", "register", cudaDevAttrMaxRegistersPerBlock},
        {"shared_per_sm", "B", cudaDevAttrMaxSharedMemoryPerMultiprocessor},
        {"shared_per_cta", "B", cudaDevAttrMaxSharedMemoryPerBlockOptin},
        {"shared_reserved_per_cta", "B", cudaDevAttrReservedSharedMemoryPerBlock},
        {"l2", "B", cudaDevAttrL2CacheSize},
        {"constant", "B", cudaDevAttrTotalConstantMemory},
        {"sm_clock_peak", "kHz", cudaDevAttrClockRate},
        {"memory_clock_peak", "kHz", cudaDevAttrMemoryClockRate},
        {"memory_bus", "bit", cudaDevAttrGlobalMemoryBusWidth},
    };
    for (const auto &row : rows) {
        int value = 0;
        CU(cudaDeviceGetAttribute(&value, row.attribute, 0));
        truth_row(row.name, "", row.unit, {static_cast<double>(value)}, truth.device.name);
    }
    truth_row("memory", "", "B", {static_cast<double>(truth.device.totalGlobalMem)},
              truth.device.name);
}

static void run_clock(void) {
    std::vector<double> samples;
    for (int i = 0; i < truth_repeats(12); i++) samples.push_back(truth_sm_clock_hz());
    truth_row("sm_clock", "", "Hz", samples, "cycles over globaltimer on every SM");
}

static const struct truth_case cases[] = {
    {"attributes", run_attributes, 80},
    {"clock", run_clock, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "device", TRUTH_CASES(cases));
}
