// SPDX-License-Identifier: Apache-2.0
// What addon.cc exports from other files of this folder.
#pragma once
#include <napi.h>

namespace tracegate {

// prepareTemplate(insns) → an opaque template
Napi::Value prepare_template(const Napi::CallbackInfo &info);

// specialise(template, {templateFd, fd, bytes, wanted: number[]}) → {insns, places: number[]}
Napi::Value specialise_template(const Napi::CallbackInfo &info);

}  // namespace tracegate
