#pragma once
#include "esp_err.h"
// examples/common_components/protocol_examples_common/include/protocol_examples_common.h
extern "C" esp_err_t example_connect(void);
