# An initial cache (cmake -C): project() looks for compilers, which an extension of Python files does not need.
find_program(STAND_IN_COMPILER NAMES true cmake REQUIRED)
foreach(language C CXX)
  set(CMAKE_${language}_COMPILER "${STAND_IN_COMPILER}" CACHE FILEPATH "never called")
  set(CMAKE_${language}_COMPILER_ID_RUN ON CACHE BOOL "do not ask what it is")
  set(CMAKE_${language}_COMPILER_FORCED ON CACHE BOOL "do not try it")
endforeach()
