"""`@parameterNodeWrapper`: typed attributes on a vtkMRMLScriptedModuleNode, bound to widgets both ways."""

from __future__ import annotations

import typing
import weakref
from collections.abc import Callable
from typing import Any

import slicer
import vtk
from PySide6 import QtWidgets

from .annotations import unannotatedType
from .connectors import Connector, make_connector
from .serializers import Serializer, make_serializer

SlicerParameterNamePropertyName = "SlicerParameterName"


class Parameter:
    """One attribute of the wrapper class."""

    def __init__(self, owner: type, name: str, annotated: Any) -> None:
        self.name, self.annotated = name, annotated
        self.serializer: Serializer
        self.serializer, default = make_serializer(annotated)
        if hasattr(owner, name):
            value = getattr(owner, name)
            self.default: Callable[[], Any] = lambda: value
        else:
            self.default = (lambda: default.value) if default is not None else self.serializer.default

    def __get__(self, wrapper: Any, cls: type) -> Any:
        if wrapper is None:
            return self
        return wrapper._cache[self.name] if self.serializer.cached else self.read(wrapper.parameterNode)

    def read(self, node: Any) -> Any:
        if not self.serializer.isIn(node, self.name):  # a scene was closed, or is of an older version
            self.serializer.checked_write(node, self.name, self.default())
        return self.serializer.read(node, self.name)

    def __set__(self, wrapper: Any, value: Any) -> None:
        with slicer.util.NodeModify(wrapper.parameterNode):
            self.serializer.checked_write(wrapper.parameterNode, self.name, value)
            wrapper._cache[self.name] = self.read(wrapper.parameterNode)  # before any observer asks for it


class Wrapper:
    """What the decorator adds to the class it decorates.

    As in Slicer, values are read from the node when the node is modified, not when they are asked for. So a node
    reference that comes with an imported scene is not seen until a new wrapper is made (the scene resolves it
    without a ModifiedEvent): a module makes its wrapper again at EndImportEvent.
    """

    allParameters: dict[str, Parameter]

    def __init__(self, parameterNode: Any, prefix: str | None = None) -> None:
        self.__dict__.update(parameterNode=parameterNode, _bindings={}, _next_tag=0, _updating=False, _cache={})
        for name, parameter in self.allParameters.items():
            if not parameter.serializer.isIn(parameterNode, name):
                setattr(self, name, parameter.default())
        self._read_all()
        self_reference = weakref.ref(self)  # the observer must not keep the wrapper alive

        def modified(*_: Any) -> None:
            if (wrapper := self_reference()) is not None:  # it may have gone while the event was on its way
                wrapper._read_all()

        self._observer = parameterNode.AddObserver(vtk.vtkCommand.ModifiedEvent, modified)

    def __del__(self) -> None:
        if "_observer" in self.__dict__:
            self.parameterNode.RemoveObserver(self._observer)

    def _read_all(self) -> None:
        for name, parameter in self.allParameters.items():
            self._cache[name] = parameter.read(self.parameterNode)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and not hasattr(type(self), name):
            raise AttributeError(f"{type(self).__name__} has no parameter '{name}'")
        object.__setattr__(self, name, value)

    def default(self, name: str) -> Any:
        from .annotations import Default

        return Default(self._parameter(name).default())

    @classmethod
    def _parameter(cls, name: str) -> Parameter:
        if name not in cls.allParameters:
            raise ValueError(f"Cannot find a param with the given name: {name} (found {', '.join(cls.allParameters)})")
        return cls.allParameters[name]

    @classmethod
    def dataType(cls, name: str) -> Any:
        top, _, rest = name.partition(".")
        annotated = cls._parameter(top).annotated
        for part in rest.split(".") if rest else ():
            annotated = typing.get_type_hints(unannotatedType(annotated), include_extras=True)[part]
        return annotated

    def getValue(self, name: str) -> Any:
        top, *rest = name.split(".")
        self._parameter(top)
        value = getattr(self, top)
        for part in rest:
            value = getattr(value, part)
        return value

    def setValue(self, name: str, value: Any) -> None:
        *path, last = name.split(".")
        self.dataType(name)
        setattr(self.getValue(".".join(path)) if path else self, last, value)

    def isCached(self, name: str) -> bool:
        return self._parameter(name).serializer.cached

    def connectGui(self, gui: Any) -> int:
        """Binds every widget that has the dynamic property SlicerParameterName."""
        widgets = gui.findChildren(QtWidgets.QWidget) if hasattr(gui, "findChildren") else vars(gui).values()
        named = ((widget.property(SlicerParameterNamePropertyName), widget) for widget in widgets)
        return self.connectParametersToGui({name: widget for name, widget in named if name})

    def connectParametersToGui(self, mapping: dict[str, Any]) -> int:
        connectors = {name: make_connector(widget, self.dataType(name)) for name, widget in mapping.items()}
        for name, connector in connectors.items():
            connector.write(self.getValue(name))
            connector.onChanged(self._gui_callback(name, connector))
        observer = self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._update_gui())
        self._next_tag += 1
        self._bindings[self._next_tag] = (connectors, observer)
        return self._next_tag

    def _gui_callback(self, name: str, connector: Connector) -> Callable[[], None]:
        def callback() -> None:
            if not self._updating:
                self.setValue(name, connector.read())

        return callback

    def _update_gui(self) -> None:
        if self._updating:
            return
        self._updating = True
        try:
            for connectors, _ in list(self._bindings.values()):
                for name, connector in connectors.items():
                    connector.write(self.getValue(name))
        finally:
            self._updating = False

    def disconnectGui(self, tag: int) -> None:
        connectors, observer = self._bindings.pop(tag, ({}, None))
        for connector in connectors.values():
            connector.onChanged(None)
        if observer is not None:
            self.RemoveObserver(observer)

    def StartModify(self) -> int:
        return self.parameterNode.StartModify()

    def EndModify(self, wasModified: int) -> None:
        self.parameterNode.EndModify(wasModified)

    def AddObserver(self, event: Any, callback: Callable, priority: float = 0.0) -> int:
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)

    def Modified(self) -> None:
        self.parameterNode.Modified()


def parameterNodeWrapper(cls: type | None = None) -> Any:
    """Turns a class of annotated members into a wrapper around a parameter node."""
    if cls is None:
        return parameterNodeWrapper
    parameters = {}
    for name, annotated in typing.get_type_hints(cls, include_extras=True).items():
        if hasattr(Wrapper, name):
            raise ValueError(f"Cannot use reserved name '{name}' in a parameterNodeWrapper")
        try:
            parameters[name] = Parameter(cls, name, annotated)
        except TypeError as error:
            raise TypeError(f"Unable to create serializer for {cls} member {name}: {error}") from error
    members = {key: value for key, value in vars(cls).items() if key not in ("__dict__", "__weakref__")}
    members.update(parameters, allParameters=parameters, _is_parameter_node_wrapper=True)
    return type(cls.__name__, (Wrapper, *(base for base in cls.__bases__ if base is not object)), members)


def isParameterNodeWrapper(thing: Any) -> bool:
    return getattr(thing, "_is_parameter_node_wrapper", False)


def findChildWidgetForParameter(widget: Any, parameter: str) -> Any:
    """The widget bound to a parameter, or None."""
    children = widget.findChildren(QtWidgets.QWidget)
    return next((c for c in children if c.property(SlicerParameterNamePropertyName) == parameter), None)
