"""What a person has hidden and locked among the classes. No Qt: what a click on an eye or a padlock means."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from segstudio.dataset.classes import ClassList
from segstudio.dataset.overlay import unpainted_ids


@dataclass(frozen=True, slots=True)
class ClassMarks:
    """Hidden and locked classes, by id.

    Attributes:
        hidden: not drawn on the canvas.
        protected: nothing paints over these.
        only: only these are painted over; None for any.
        before_solo: what was hidden before one class was shown alone; None where none is.
    """

    hidden: frozenset[int] = frozenset()
    protected: frozenset[int] = frozenset()
    only: frozenset[int] | None = None
    before_solo: frozenset[int] | None = None

    def with_shown_or_hidden(self, class_id: int) -> "ClassMarks":
        """Show a hidden class, or hide a shown one."""
        return replace(self, hidden=self.hidden ^ {class_id}, before_solo=None)

    def with_solo(self, class_id: int, ids: Collection[int]) -> "ClassMarks":
        """Show one class alone; once more brings back what was shown before."""
        others = frozenset(ids) - {class_id}
        if self.before_solo is not None and self.hidden == others:
            return replace(self, hidden=self.before_solo, before_solo=None)
        before = self.hidden if self.before_solo is None else self.before_solo
        return replace(self, hidden=others, before_solo=before)

    def with_all_shown(self) -> "ClassMarks":
        """Show every class."""
        return replace(self, hidden=frozenset(), before_solo=None)

    def with_protection(self, class_id: int) -> "ClassMarks":
        """Protect a class, or lift its protection."""
        return replace(self, protected=self.protected ^ {class_id})

    def with_only(self, class_id: int) -> "ClassMarks":
        """Add a class to those that alone are painted over, or take it out; without the last, any is."""
        only = (self.only or frozenset()) ^ {class_id}
        return replace(self, only=only or None)

    def with_any_painted_over(self) -> "ClassMarks":
        """Paint over any class, but those that are protected."""
        return replace(self, only=None)

    def without_locks(self) -> "ClassMarks":
        """Let every class be painted over."""
        return replace(self, protected=frozenset(), only=None)

    def fitted(self, before: ClassList, after: ClassList) -> "ClassMarks":
        """Forget classes that are gone; hide unpainted pixels where masks come to start so: they would veil all."""
        ids = frozenset(after.ids)
        unpainted = frozenset() if after.unpainted == before.unpainted else unpainted_ids(after)
        only = None if self.only is None else (self.only & ids) or None
        return ClassMarks((self.hidden | unpainted) & ids, self.protected & ids, only, self.before_solo)
