#pragma once

/// From here on what child processes cover counts as covered by this one: the counters of libFuzzer are in memory that
/// both see. To be called once, before the first child.
void fuzzer_counters_share(void);
