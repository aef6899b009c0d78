# Slicer writes <Extension>Config.cmake here, for other extensions that link with this one. Nothing links with this one.
