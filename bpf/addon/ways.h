// SPDX-License-Identifier: Apache-2.0
// Which way a copy takes from step to step, once it is known which of them do anything.
#pragma once
#include <vector>

#include "liveness.h"

namespace tracegate {

// The steps a copy keeps, of those that are `live`. Leads jumps and branches past what is left out.
std::vector<bool> kept_of(std::vector<Step> &steps, const std::vector<bool> &live);

}  // namespace tracegate
