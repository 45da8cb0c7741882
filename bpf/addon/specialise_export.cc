// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <stdexcept>

#include "exports.h"
#include "specialise.h"

namespace tracegate {

using Bytes = Napi::Buffer<uint8_t>;

Napi::Value prepare_template(const Napi::CallbackInfo &info) {
  const auto given = info[0].As<Bytes>();
  std::vector<bpf_insn> insns(given.Length() / sizeof(bpf_insn));  // a Buffer's bytes may lie anywhere
  memcpy(insns.data(), given.Data(), insns.size() * sizeof(bpf_insn));
  try {
    auto *prepared = new Template(std::move(insns));
    return Napi::External<Template>::New(info.Env(), prepared, [](Napi::Env, Template *t) { delete t; });
  } catch (const std::invalid_argument &e) {
    throw Napi::Error::New(info.Env(), e.what());
  }
}

Napi::Value specialise_template(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const Template &from = *info[0].As<Napi::External<Template>>().Data();
  const auto given = info[1].As<Napi::Object>();
  const auto bytes = given.Get("bytes").As<Bytes>();
  const int template_fd = given.Get("templateFd").As<Napi::Number>(), fd = given.Get("fd").As<Napi::Number>();
  const auto list = given.Get("wanted").As<Napi::Array>();
  std::vector<int> wanted;
  for (uint32_t i = 0; i < list.Length(); i++) wanted.push_back(list.Get(i).As<Napi::Number>());
  const auto singles = given.Get("single").As<Napi::Array>();
  Config config = {template_fd, fd, bytes.Data(), bytes.Length()};
  for (uint32_t i = 0; i < singles.Length(); i++) config.single.push_back(singles.Get(i).As<Napi::Number>());
  Specialised s;
  try {
    s = specialise(from, config, wanted);
  } catch (const std::exception &e) {
    throw Napi::Error::New(env, e.what());
  }
  auto places = Napi::Array::New(env);
  for (uint32_t i = 0; i < wanted.size(); i++) places.Set(i, s.places[i]);
  auto result = Napi::Object::New(env);
  result.Set("insns", Bytes::Copy(env, (const uint8_t *)s.insns.data(), s.insns.size() * sizeof(bpf_insn)));
  result.Set("places", places);
  return result;
}

}  // namespace tracegate
