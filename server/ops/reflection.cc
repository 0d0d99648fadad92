#include "server/ops/reflection.h"

#include <dlfcn.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "grpcpp/version_info.h"

namespace partner::server {

absl::Status LoadReflection() {
  // Its static initialiser registers the plugin with ServerBuilder.
  const std::string library =
      absl::StrCat("libgrpc++_reflection.so.", GRPC_CPP_VERSION_MAJOR, ".",
                   GRPC_CPP_VERSION_MINOR);
  if (dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE) ==
      nullptr) {
    return absl::UnavailableError(
        absl::StrCat("reflection: cannot be loaded: ", dlerror()));
  }
  return absl::OkStatus();
}

}  // namespace partner::server
