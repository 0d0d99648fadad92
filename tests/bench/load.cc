#include <time.h>

#include <array>
#include <bit>
#include <chrono>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "server/ops/transport.h"
#include "tests/bench/calls.h"
#include "tests/bench/ledger.h"
#include "tests/bench/tasks.h"

namespace partner::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kReceiveBytesMax = 64 << 20;
// Every so many answers one is looked at.
constexpr std::uint64_t kLookEvery = 128;
// No call may take longer: the measurement must end.
constexpr std::chrono::seconds kCallLimit{20};

// Counts of times, exact to 3 %: by power of two and 32 parts of each.
class Histogram {
 public:
  void Add(std::int64_t nanoseconds) {
    const auto value = static_cast<std::uint64_t>(nanoseconds);
    const auto power = static_cast<std::size_t>(std::bit_width(value | 63)) - 6;
    ++counts_[power * 32 + (value >> power)];
  }
  // [least nanoseconds of a class, count] of each that is not empty.
  nlohmann::json ToJson() const {
    nlohmann::json rows = nlohmann::json::array();
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] == 0) continue;
      const std::size_t power = i < 64 ? 0 : i / 32 - 1;
      rows.push_back({(i - power * 32) << power, counts_[i]});
    }
    return rows;
  }

 private:
  std::array<std::int64_t, 1920> counts_{};
};

double ProcessSeconds(std::int64_t pid) {
  clockid_t clock = 0;
  timespec time{};
  if (clock_getcpuclockid(static_cast<pid_t>(pid), &clock) != 0 ||
      clock_gettime(clock, &time) != 0) {
    Die("pid", "no such process");
  }
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

std::shared_ptr<grpc::Channel> NewChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  // A connection of its own.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  auto channel = grpc::CreateCustomChannel(
      address, grpc::InsecureChannelCredentials(), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() +
                                 kCallLimit)) {
    Die(address, "cannot be reached");
  }
  return channel;
}

// A server with its connections.
struct Target {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs;

  void Connect(const std::string& address, int connections) {
    while (static_cast<int>(channels.size()) < connections) {
      channels.push_back(NewChannel(address));
      stubs.push_back(std::make_unique<grpc::GenericStub>(channels.back()));
    }
  }
};

// One run: so many calls in flight for so long, all on this thread.
class Run {
 public:
  Run(Target* target, CallSource* source, bool ours, int in_flight,
      int connections)
      : target_(*target),
        source_(*source),
        path_(source->path()),
        ours_(ours),
        in_flight_(in_flight),
        connections_(connections),
        slots_(in_flight) {}

  void For(double seconds) {
    begin_ = SteadyClock::now();
    end_ = begin_ + std::chrono::duration_cast<SteadyClock::duration>(
                        std::chrono::duration<double>(seconds));
    for (int i = 0; i < in_flight_; ++i) Start(i);
    for (int open = in_flight_; open > 0;) {
      void* tag = nullptr;
      bool ok = false;
      queue_.Next(&tag, &ok);
      if (!End(static_cast<int>(reinterpret_cast<std::intptr_t>(tag)))) --open;
    }
  }

  nlohmann::json Result() const {
    return {{"calls", calls_},
            {"seconds", std::chrono::duration<double>(last_ - begin_).count()},
            {"failed", failed_},
            {"wrong", wrong_},
            {"error", error_},
            {"times", times_.ToJson()}};
  }

 private:
  struct Slot {
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
    Call call;
    grpc::ByteBuffer answer;
    grpc::Status status;
    SteadyClock::time_point start;
  };

  void Start(int index) {
    Slot& slot = slots_[index];
    slot.call = source_.Next();
    slot.answer.Clear();
    slot.context = std::make_unique<grpc::ClientContext>();
    slot.context->AddMetadata("partner-principal", slot.call.principal);
    if (slot.call.customer_admin) {
      slot.context->AddMetadata("partner-customer-admin", "true");
    }
    slot.context->set_deadline(std::chrono::system_clock::now() + kCallLimit);
    slot.start = SteadyClock::now();
    slot.reader = target_.stubs[index % connections_]->PrepareUnaryCall(
        slot.context.get(), path_, slot.call.bytes, &queue_);
    slot.reader->StartCall();
    slot.reader->Finish(
        &slot.answer, &slot.status,
        // NOLINTNEXTLINE(performance-no-int-to-ptr): gRPC's tags are pointers.
        reinterpret_cast<void*>(static_cast<std::intptr_t>(index)));
  }

  // Counts a call; false when no other took its place.
  bool End(int index) {
    Slot& slot = slots_[index];
    last_ = SteadyClock::now();
    times_.Add(std::chrono::nanoseconds(last_ - slot.start).count());
    ++calls_;
    if (!slot.status.ok()) {
      ++failed_;
      error_ = slot.status.error_message();
    } else if (ours_ && calls_ % kLookEvery == 1 &&
               !source_.IsRight(slot.call, slot.answer)) {
      ++wrong_;
    }
    if (last_ >= end_) return false;
    Start(index);
    return true;
  }

  Target& target_;
  CallSource& source_;
  const std::string path_;
  const bool ours_;
  const int in_flight_;
  const int connections_;
  grpc::CompletionQueue queue_;
  std::vector<Slot> slots_;
  SteadyClock::time_point begin_;
  SteadyClock::time_point end_;
  SteadyClock::time_point last_;
  Histogram times_;
  std::uint64_t calls_ = 0;
  std::int64_t failed_ = 0;
  std::int64_t wrong_ = 0;
  std::string error_;
};

// Connections and sources stay from run to run.
class Loader {
 public:
  nlohmann::json Answer(const Arguments& line) {
    Target& target = targets_[line.Text("address")];
    const int connections = static_cast<int>(line.Number("connections"));
    target.Connect(line.Text("address"), connections);
    CallSource& source = FindSource(line, target);
    if (line.Text("do") == "save") return Save(line, target, source);
    Run run(&target, &source, line.Number("ours") != 0,
            static_cast<int>(line.Number("in_flight")), connections);
    const double before = ProcessSeconds(line.Number("pid"));
    run.For(line.Seconds("seconds"));
    nlohmann::json result = run.Result();
    result["cpu"] = ProcessSeconds(line.Number("pid")) - before;
    return result;
  }

 private:
  CallSource& FindSource(const Arguments& line, const Target& target) {
    // Both servers get the same calls, unless these write: names must be new.
    const std::string set = line.Text("set");
    const std::string key = set == "create" || set == "accept"
                                ? absl::StrCat(set, line.Text("address"))
                                : set;
    std::unique_ptr<CallSource>& source = sources_[key];
    if (source == nullptr) {
      SourceOptions options;
      options.set = set;
      options.seed = static_cast<std::uint64_t>(line.Number("seed"));
      options.customers = static_cast<std::uint64_t>(line.Number("customers"));
      options.first_new = static_cast<std::uint64_t>(line.Number("first_new"));
      options.token = line.Text("token");
      const std::vector<std::string> history =
          absl::StrSplit(line.Text("history"), '/');
      if (history.size() == 2 &&
          !(absl::SimpleAtoi(history[0], &options.begin_us) &&
            absl::SimpleAtoi(history[1], &options.pace_us))) {
        Die("history", "not BEGIN/PACE");
      }
      options.server = target.channels.front();
      source = MakeSource(options);
    }
    return *source;
  }

  // Keeps one answer of a server in a file.
  static nlohmann::json Save(const Arguments& line, const Target& target,
                             CallSource& source) {
    const grpc::ByteBuffer answer =
        CallOnce(target.channels.front(), source.path(), source.Next());
    std::ofstream(line.Text("file"), std::ios::binary) << ToString(answer);
    return {{"bytes", answer.Length()}};
  }

  std::map<std::string, Target> targets_;
  std::map<std::string, std::unique_ptr<CallSource>> sources_;
};

}  // namespace

int Load(const Arguments&) {
  server::CalmLibraryLocks();
  Loader loader;
  Arguments line;
  while (ReadLine(&line)) Print(loader.Answer(line));
  return 0;
}

}  // namespace partner::bench
