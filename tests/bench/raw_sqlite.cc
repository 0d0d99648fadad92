#include "tests/bench/tasks.h"

namespace partner::bench {

int RawSqlite(const Arguments&) { return 1; }

}  // namespace partner::bench
