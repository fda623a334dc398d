"""The window's frame: rail, browser, the three places, menus and status line.

It arranges; it does not paint, train or save. Each place is built when it is first visited, so that the
window is there before numpy, OpenCV and pyqtgraph are loaded.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QByteArray, QMimeData, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QSplitter, QStackedWidget, QWidget

from segstudio.ui.actions import ActionSpec, make_action
from segstudio.ui.overriding import override
from segstudio.ui.rail import Place, Rail
from segstudio.ui.settings import Settings
from segstudio.ui.shortcuts import Shortcuts
from segstudio.ui.status import StatusLine
from segstudio.ui.theme import Scheme
from segstudio.ui.welcome import WelcomePage

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent  # each takes a while to load, and a start none

_THEMES: tuple[tuple[Scheme, str], ...] = (("system", "As the &desktop"), ("light", "&Light"), ("dark", "&Dark"))


class PlaceView(Protocol):
    """What the window needs of a place."""

    @property
    def widget(self) -> QWidget:
        """The page."""

    @property
    def menu_actions(self) -> list[QAction | None]:
        """What the place adds to the Edit menu; None is a separator."""

    def fold_panels(self, *, folded: bool) -> None:
        """Leave all the space to the picture, or show what is beside it again."""


class MainWindow(QMainWindow):
    """The one window.

    Signals:
        open_requested(), sample_requested(), save_requested(), import_requested(), export_requested(),
        check_requested(): a person wants that.
        folder_chosen(Path): dropped, or chosen among the recent ones.
        place_entered(Place): a place is shown.
        theme_chosen(str): light, dark or system.
        statistics_requested(), sheets_requested(): the figures, or contact sheets, of the dataset are wanted.
        shortcuts_requested(), about_requested(): help is wanted.
    """

    open_requested = Signal()
    sample_requested = Signal()
    save_requested = Signal()
    import_requested = Signal()
    export_requested = Signal()
    check_requested = Signal()
    folder_chosen = Signal(object)
    place_entered = Signal(object)
    theme_chosen = Signal(str)
    statistics_requested = Signal()
    sheets_requested = Signal()
    shortcuts_requested = Signal()
    about_requested = Signal()

    def __init__(self, settings: Settings, may_close: Callable[[], bool]) -> None:
        super().__init__()
        self._settings = settings
        self.shortcuts = Shortcuts(settings.store)
        self._may_close = may_close
        self._builders: dict[Place, Callable[[], PlaceView]] = {}
        self._build_browser: Callable[[], QWidget] | None = None
        self._browser: QWidget | None = None
        self._views: dict[Place, PlaceView] = {}
        self._place = Place.LABEL
        self.setWindowTitle("segstudio")
        self.setAcceptDrops(True)
        self.resize(1280, 800)
        self._build_actions()
        self.rail = Rail()
        self.rail.place_chosen.connect(self.go_to)
        self.welcome = WelcomePage([self.open_action, self.import_action, self.sample_action], settings.recent)
        self.welcome.recent_chosen.connect(self.folder_chosen)
        self.pages = _PageStack()
        self.pages.setObjectName("pages")
        self.pages.addWidget(self.welcome)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.pages)
        self.setCentralWidget(self._build_centre())
        self.status = StatusLine()
        self.setStatusBar(self.status)
        self._build_menus()
        self.shortcuts.apply(self.all_actions())
        self._restore()

    def set_builders(self, browser: Callable[[], QWidget], places: dict[Place, Callable[[], PlaceView]]) -> None:
        """Say how the browser and the places are built when they are first needed."""
        self._build_browser = browser
        self._builders = places

    def show_dataset(self, name: str | None) -> None:
        """Leave the welcome page for the place that a person was in; None goes back to it."""
        self.setWindowTitle(f"{name} — segstudio" if name else "segstudio")
        needing = (self.export_action, self.check_action, self.statistics_action, self.sheets_action)
        for action in (*self.rail.actions_by_place.values(), *needing):
            action.setEnabled(name is not None)
        self.save_action.setEnabled(name is not None)
        if name is None:
            self.pages.setCurrentWidget(self.welcome)
        else:
            self.go_to(self._place)

    def go_to(self, place: Place) -> None:
        """Show a place."""
        self._place = place
        self.rail.set_place(place)
        if self._browser is None and self._build_browser is not None:
            self._browser = self._build_browser()
            self.splitter.insertWidget(0, self._browser)
            self.splitter.setStretchFactor(1, 1)
            self._restore_splitter()
        if place not in self._views:
            self._views[place] = self._builders[place]()
            self._views[place].widget.setObjectName(place.value.capitalize())
            self.pages.addWidget(self._views[place].widget)
            self.shortcuts.apply(self.all_actions())
            self._add_to_edit_menu(self._views[place].menu_actions)
        if self._browser is not None:
            self._browser.setVisible(place is not Place.TRAIN and not self.panels_action.isChecked())
        self._views[place].fold_panels(folded=self.panels_action.isChecked())
        self.pages.setCurrentWidget(self._views[place].widget)
        # Painting by shortcut on a page that nobody sees would be a surprise.
        self._edit_menu.menuAction().setEnabled(place is Place.LABEL)
        self.place_entered.emit(place)

    @property
    def place(self) -> Place:
        """Where the person is."""
        return self._place

    def all_actions(self) -> list[QAction]:
        """Return every action that a person can give a key: those of the tables, which all have a name and a text."""
        return [action for action in self.findChildren(QAction) if action.objectName() and action.text()]

    @override
    def closeEvent(self, event: "QCloseEvent") -> None:
        if not self._may_close():
            event.ignore()
            return
        self._settings.store.setValue("window/geometry", self.saveGeometry())
        if self._browser is not None:
            self._settings.store.setValue("window/splitter", self.splitter.saveState())
        event.accept()

    @override
    def dragEnterEvent(self, event: "QDragEnterEvent") -> None:
        if _dropped_folder(event.mimeData()) is not None:
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: "QDropEvent") -> None:
        folder = _dropped_folder(event.mimeData())
        if folder is not None:
            event.acceptProposedAction()
            # After the drop has ended: the sender waits for it, and opening may ask questions.
            QTimer.singleShot(0, lambda: self.folder_chosen.emit(folder))

    def _build_centre(self) -> QWidget:
        centre = QWidget()
        layout = QHBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.rail)
        layout.addWidget(self.splitter, 1)
        return centre

    def _build_actions(self) -> None:
        def action(spec: ActionSpec, slot: Callable[..., object]) -> QAction:
            return make_action(self, spec, slot)

        self.open_action = action(
            ActionSpec("open", "&Open dataset…", "folder-open", ("Ctrl+O",), "Open a dataset or a folder of pictures"),
            self.open_requested.emit,
        )
        self.sample_action = action(
            ActionSpec("sample", "&Create a sample dataset…", "sample-dataset", (), "Make a small dataset to try out"),
            self.sample_requested.emit,
        )
        self.import_action = action(
            ActionSpec("import", "&Import…", "", (), "Make a dataset of what another program has written"),
            self.import_requested.emit,
        )
        self.export_action = action(
            ActionSpec("export", "&Export…", "", (), "Write this dataset in the format of another program"),
            self.export_requested.emit,
        )
        self.check_action = action(
            ActionSpec("check", "&Check the dataset…", "", (), "Show what is wrong with this dataset, and mend it"),
            self.check_requested.emit,
        )
        for needs_dataset in (self.export_action, self.check_action):
            needs_dataset.setEnabled(False)  # until there is one
        self.save_action = action(
            ActionSpec("save", "&Save masks", "save", ("Ctrl+S",), "Write all unsaved masks now"),
            self.save_requested.emit,
        )
        self.quit_action = action(ActionSpec("quit", "&Quit", "", ("Ctrl+Q",), "Close segstudio"), self.close)
        self.panels_action = action(
            ActionSpec("panels", "&Fold the panels away", "", ("F11",), "Give the picture the space", checkable=True),
            lambda _checked: self._on_panels_toggled(),
        )
        self.statistics_action = action(
            ActionSpec("statistics", "&Statistics", "", ("F8",), "Show how pixels, classes and sizes are shared out"),
            self.statistics_requested.emit,
        )
        self.sheets_action = action(
            ActionSpec("sheets", "Contact s&heets", "", ("F7",), "Show many pictures at once, with their masks"),
            self.sheets_requested.emit,
        )
        self.shortcuts_action = action(
            ActionSpec("shortcuts", "&Keyboard shortcuts", "help", ("?",), "Show what every key does"),
            self.shortcuts_requested.emit,
        )
        self.about_action = action(ActionSpec("about", "&About segstudio"), self.about_requested.emit)

    def _build_menus(self) -> None:
        bar = self.menuBar()
        file = bar.addMenu("&File")
        file.addActions([self.open_action])
        self._recent_menu = file.addMenu("Open &recent")
        self._recent_menu.aboutToShow.connect(self._fill_recent_menu)
        file.addAction(self.sample_action)
        file.addSeparator()
        file.addActions([self.import_action, self.export_action])
        file.addSeparator()
        file.addAction(self.check_action)
        file.addSeparator()
        file.addAction(self.save_action)
        file.addSeparator()
        file.addAction(self.quit_action)
        self._edit_menu = bar.addMenu("&Edit")
        self._edit_menu.menuAction().setVisible(False)
        view = bar.addMenu("&View")
        view.addActions(list(self.rail.actions_by_place.values()))
        view.addSeparator()
        view.addActions([self.statistics_action, self.sheets_action, self.panels_action])
        self._build_theme_menu(view.addMenu("&Theme"))
        help_menu = bar.addMenu("&Help")
        help_menu.addActions([self.shortcuts_action, self.about_action])

    def _build_theme_menu(self, menu: QMenu) -> None:
        for scheme, text in _THEMES:
            menu.addAction(text, partial(self.theme_chosen.emit, scheme))

    def _on_panels_toggled(self) -> None:
        if self._views:
            self.go_to(self._place)

    def _fill_recent_menu(self) -> None:
        self._recent_menu.clear()
        for path in self._settings.recent:
            self._recent_menu.addAction(str(path), partial(self.folder_chosen.emit, path))
        if self._recent_menu.isEmpty():
            self._recent_menu.addAction("Nothing opened yet").setEnabled(False)

    def _add_to_edit_menu(self, actions: list[QAction | None]) -> None:
        for action in actions:
            if action is None:
                self._edit_menu.addSeparator()
            else:
                self._edit_menu.addAction(action)
        self._edit_menu.menuAction().setVisible(not self._edit_menu.isEmpty())

    def _restore(self) -> None:
        geometry = self._settings.bytes("window/geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        self.show_dataset(None)

    def _restore_splitter(self) -> None:
        state: QByteArray | None = self._settings.bytes("window/splitter")
        if state is None or not self.splitter.restoreState(state):
            self.splitter.setSizes([272, max(self.width() - 272, 400)])


class _PageStack(QStackedWidget):
    """Asks for the room that the shown page needs; Qt's own asks for that of the largest, shown or not."""

    @override
    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return QSize() if page is None else page.minimumSizeHint()


def _dropped_folder(data: QMimeData) -> Path | None:
    """Return the folder that is being dropped; of a picture, the folder that holds it."""
    for url in data.urls():
        path = Path(url.toLocalFile())
        if url.isLocalFile() and path.exists():
            return path if path.is_dir() else path.parent
    return None
