# Installs into a temporary prefix, then configures, builds and runs a project
# from outside that finds the package there. BUILD, SOURCE and WORK are given.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "failed (${status}): ${ARGN}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${SOURCE}/project -B ${WORK}/build -G Ninja
    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/outside)
run(${WORK}/prefix/bin/partnerctl --help)
# It has read the scenarios installed with it when it knows what none cites.
execute_process(COMMAND ${WORK}/prefix/bin/partnerctl conform --filter R999
  ERROR_VARIABLE said RESULT_VARIABLE status)
if(NOT status EQUAL 2 OR NOT said MATCHES "no scenario cites the rule R999")
  message(FATAL_ERROR "the installed scenarios were not found: ${said}")
endif()
file(REMOVE_RECURSE ${WORK})
