# A stand-in for a Slicer 5.12 build tree: enough of it to configure and install this extension without Slicer.
# Modelled on Slicer's CMake/SlicerMacroBuildScriptedModule.cmake, SlicerMacroPythonTesting.cmake,
# SlicerExtensionCPack.cmake, UseSlicer.cmake.in and on CTK's ctkMacroCompilePythonScript.cmake.
# Stricter in one point: where Slicer silently lets the last of two files of the same name win, this is an error.
set(Slicer_VERSION_MAJOR 5)
set(Slicer_VERSION_MINOR 12)
set(Slicer_USE_PYTHONQT ON)
set(Slicer_INSTALL_ROOT "./")
set(Slicer_SHARE_DIR "share/Slicer-5.12")
set(Slicer_QTSCRIPTEDMODULES_LIB_DIR "lib/Slicer-5.12/qt-scripted-modules")
set(Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR "${Slicer_INSTALL_ROOT}${Slicer_QTSCRIPTEDMODULES_LIB_DIR}")
set(Slicer_LAUNCHER_EXECUTABLE "${CMAKE_COMMAND}") # tests are registered, never run
set(Slicer_USE_FILE "${CMAKE_CURRENT_LIST_DIR}/UseSlicer.cmake")
set(Slicer_EXTENSION_GENERATE_CONFIG "${CMAKE_CURRENT_LIST_DIR}/GenerateConfig.cmake")
set(Slicer_EXTENSION_CPACK "${CMAKE_CURRENT_LIST_DIR}/CPack.cmake")
