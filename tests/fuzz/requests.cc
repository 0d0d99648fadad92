// Calls of any method by anybody with any bytes, one after another, on a store
// with a small channel in it. Each is answered as documented, and what they
// leave behind can be opened again: the graph equals what the store says.
//
// An input is a row of calls: method, caller, two bytes for the length of the
// request, the request.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "server/ledger/engine.h"
#include "tests/fuzz/founding.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/served.h"

namespace partner::server {
namespace {

using test::Input;
using test::Must;

constexpr int kCallsMax = 8;

void Run(Input input) {
  static Founding* const founding = new Founding();
  static std::unique_ptr<Served>* const served = new std::unique_ptr<Served>();
  if (*served == nullptr) {
    auto opened = Served::Open(founding->FreshStore());
    Must(opened.ok(), "the founded store can be served");
    *served = *std::move(opened);
  }
  for (int i = 0; i < kCallsMax && !input.empty(); ++i) {
    const auto& methods = (*served)->methods();
    const auto& callers = FuzzCallers();
    Method& method = *methods[input.Byte() % methods.size()];
    const FuzzCaller& caller = callers[input.Byte() % callers.size()];
    const std::size_t size = input.Size();
    (*served)->Call(method, caller, input.Bytes(size));
  }
  if (!(*served)->changed()) return;
  served->reset();
  auto store = founding->LastStore();
  Must(store.ok(), "the store can be opened after the calls");
  const auto problems = VerifyStore("global", BuiltInPolicies(), store->get());
  Must(problems.ok() && problems->empty(), "the store is sound");
}

}  // namespace
}  // namespace partner::server

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  partner::server::Run({data, size});
  return 0;
}
