// How libFuzzer changes inputs of `requests`: mostly one field of one request,
// so that what comes out is still a message; sometimes any bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/founding.h"
#include "tests/fuzz/input.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                        std::size_t max_size);

namespace partner::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Random = std::minstd_rand;

constexpr std::size_t kTextMax = 2048;

struct Call {
  std::uint8_t method = 0;
  std::uint8_t caller = 0;
  std::string request;
};

std::vector<Call> Split(test::Input input) {
  std::vector<Call> calls;
  while (!input.empty()) {
    Call& call = calls.emplace_back();
    call.method = input.Byte();
    call.caller = input.Byte();
    call.request = std::string(input.Bytes(input.Size()));
  }
  return calls;
}

std::string Join(const std::vector<Call>& calls) {
  std::string bytes;
  for (const Call& call : calls) {
    const std::size_t size = std::min<std::size_t>(call.request.size(), 0xffff);
    for (std::size_t byte : {std::size_t{call.method}, std::size_t{call.caller},
                             size >> 8, size}) {
      bytes.push_back(static_cast<char>(byte));
    }
    bytes += call.request.substr(0, size);
  }
  return bytes;
}

int Below(Random& random, int bound) {
  return static_cast<int>(random() % static_cast<unsigned>(bound));
}

// What exists, what nearly does, and what does not fit.
const std::vector<std::string>& Words(const Founding& founding) {
  static const auto* const words = [&founding] {
    auto* made = new std::vector<std::string>(founding.words());
    for (const FuzzCaller& caller : FuzzCallers()) {
      made->emplace_back(caller.principal);
    }
    for (const char* word : {"",
                             "-",
                             "programs/global",
                             "programs/germany",
                             "programs/-",
                             "programs/global/customers/-",
                             "programs/global/partners/-",
                             "programs/global/partners/-/invitations/-",
                             "programs/global/services/azure",
                             "programs/global/services/exchange-online",
                             "programs/global/services/nothing",
                             "programs/global/policyEditions/global-2017-03",
                             "programs/global/policy",
                             "north",
                             "acme",
                             "nova",
                             "order",
                             "reset_passwords",
                             "view_directory",
                             "FR",
                             "XX",
                             "a.example",
                             "11111111-1111-4111-8111-111111111111",
                             "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
                             "018f0000-0000-7000-8000-000000000001",
                             "018f0000-0000-7000-8000-00000000ffff",
                             "\"1\"",
                             "\"4\"",
                             "state = ACTIVE",
                             "create_time > 2018-01-01T00:00:00Z",
                             "display_name",
                             "domain",
                             "name",
                             "etag",
                             "state",
                             "enrollments.type",
                             "\xc3\xa9\xe2\x80\xa6",
                             "\n",
                             "\x7f"}) {
      made->emplace_back(word);
    }
    made->emplace_back(600, 'x');
    made->emplace_back(std::string("a\0b", 3));
    return made;
  }();
  return *words;
}

std::int64_t Number(Random& random) {
  constexpr std::int64_t kNumbers[] = {
      0,    1,          -1,           2,          7,          15, 50, 1000,
      1001, 1530403200, 253402300800, 2147483647, -2147483648};
  const int at = Below(random, 15);
  if (at == 13) return std::numeric_limits<std::int64_t>::max();
  if (at == 14) return std::numeric_limits<std::int64_t>::min();
  return kNumbers[at];
}

std::string Text(Random& random, const Founding& founding, std::string old) {
  if (Below(random, 3) > 0 || old.size() > kTextMax) {
    const auto& words = Words(founding);
    return words[random() % words.size()];
  }
  const std::size_t size = old.size();
  old.resize(kTextMax);
  old.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(old.data()), size,
                              kTextMax));
  return old;
}

// Changes one field of the message, or of one within it.
void Change(Random& random, const Founding& founding, Message* message) {
  const auto* type = message->GetDescriptor();
  const auto* reflection = message->GetReflection();
  if (type->field_count() == 0) return;
  const FieldDescriptor* field =
      type->field(Below(random, type->field_count()));
  if (Below(random, 8) == 0) return reflection->ClearField(message, field);
  const bool many = field->is_repeated();
  const auto set = [&](auto add, auto put, auto value) {
    many ? (reflection->*add)(message, field, value)
         : (reflection->*put)(message, field, value);
  };
  using Reflection = google::protobuf::Reflection;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      set(&Reflection::AddString, &Reflection::SetString,
          Text(random, founding,
               many ? "" : reflection->GetString(*message, field)));
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      set(&Reflection::AddBool, &Reflection::SetBool, Below(random, 2) == 0);
      break;
    case FieldDescriptor::CPPTYPE_INT32:
      set(&Reflection::AddInt32, &Reflection::SetInt32,
          static_cast<std::int32_t>(Number(random)));
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      set(&Reflection::AddInt64, &Reflection::SetInt64, Number(random));
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      set(&Reflection::AddEnumValue, &Reflection::SetEnumValue,
          Below(random, 8) == 0 ? static_cast<int>(Number(random))
                                : Below(random, 7));
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const int size = many ? reflection->FieldSize(*message, field) : 0;
      Change(random, founding,
             !many ? reflection->MutableMessage(message, field)
             : size > 0 && Below(random, 2) == 0
                 ? reflection->MutableRepeatedMessage(message, field,
                                                      Below(random, size))
                 : reflection->AddMessage(message, field));
      break;
    }
    default:
      break;
  }
}

void ChangeCalls(Random& random, const Founding& founding,
                 const std::vector<Method*>& methods,
                 std::vector<Call>* calls) {
  if (calls->empty() || Below(random, 20) == 0) calls->emplace_back();
  Call& call = (*calls)[random() % calls->size()];
  switch (Below(random, 12)) {
    case 0:
      call.method = static_cast<std::uint8_t>(random());
      return;
    case 1:
      call.caller = static_cast<std::uint8_t>(random());
      return;
    case 2:
      calls->push_back(Call(call));
      return;
    case 3:
      if (calls->size() > 1) {
        calls->erase(calls->begin() + (&call - calls->data()));
      }
      return;
    case 4: {
      const std::size_t size = call.request.size();
      call.request.resize(size + 64);
      call.request.resize(
          LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(call.request.data()),
                           size, size + 64));
      return;
    }
    default:
      break;
  }
  const Method& method = *methods[call.method % methods.size()];
  const std::unique_ptr<Message> request(method.request->New());
  request->ParsePartialFromString(call.request);
  for (int left = 1 + Below(random, 3); left > 0; --left) {
    Change(random, founding, request.get());
  }
  call.request = request->SerializePartialAsString();
}

std::size_t Mutate(std::uint8_t* data, std::size_t size, std::size_t max_size,
                   unsigned seed) {
  static Founding* const founding = new Founding();
  static const std::vector<Method*>* const methods = [] {
    static auto served = Served::Open(founding->FreshStore());
    test::Must(served.ok(), "the founded store can be served");
    return &(*served)->methods();
  }();
  Random random(seed);
  std::vector<Call> calls = Split({data, size});
  ChangeCalls(random, *founding, *methods, &calls);
  const std::string bytes = Join(calls);
  if (bytes.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}

}  // namespace
}  // namespace partner::server

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t max_size,
                                               unsigned seed) {
  return partner::server::Mutate(data, size, max_size, seed);
}
