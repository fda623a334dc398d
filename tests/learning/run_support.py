"""Run folders as a training leaves them, without a training."""

import json
import os
from dataclasses import asdict

from segstudio.dataset.classes import ClassInfo, ClassList, save_classes
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import BatchEnded, EpochEnded, Figures, RunEnded, RunStarted, SampleSaved, event_to_json

CLASSES = ClassList(
    (
        ClassInfo(7, "road", (128, 64, 128)),
        ClassInfo(0, "void", (0, 0, 0), ignored=True),
        ClassInfo(3, "sidewalk", (244, 35, 232)),
    )
)


def figures(score):
    return Figures(1 - score, score, score, score, score, score, (score, None if score < 0.15 else score / 2))


def history(epochs, *, batches=4, seconds=2.0, samples=("val/a",), best_at=None):
    """Return the events of a run whose val figures rise by a hundredth an epoch; the last one is the best."""
    best_at = epochs if best_at is None else best_at
    events = [RunStarted("elsewhere", "CPU", epochs, batches, 3, 2, 1000)]
    for epoch in range(1, epochs + 1):
        before = (epoch - 1) * batches
        events += [BatchEnded(epoch, batch, before + batch, 1 / epoch, None) for batch in range(1, batches + 1)]
        train, val = figures(0.05 + epoch / 100), figures(0.1 + epoch / 100)
        events.append(EpochEnded(epoch, epoch * batches, train, val, epoch <= best_at, seconds, 0.001 / epoch))
        events += [SampleSaved(epoch, key, f"samples/{epoch:04d}/{key}.png") for key in samples]
    return events


def write_run(runs, name, events=(), *, outcome=None, changed=None, classes=CLASSES, **settings):
    """Write a run folder and return it; with an outcome it has ended, and has its metrics.json."""
    config = TrainingConfig(dataset=runs.parent, run=name, **settings)
    folder = runs / name
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"settings": config.to_json()}), encoding="utf-8")
    save_classes(folder, classes)
    events = list(events)
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    best = next((epoch for epoch in reversed(epochs) if epoch.best), None)
    if outcome:
        score = None if best is None else (best.val or best.train).mean_iou
        end = RunEnded(outcome, "", len(epochs), score, model=bool(best), seconds=sum(each.seconds for each in epochs))
        events.append(end)
        metrics = {
            **{name: value for name, value in asdict(end).items() if name != "model"},
            "best": None if best is None else asdict(best),
            "last": asdict(epochs[-1]) if epochs else None,
        }
        (folder / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    with (folder / "events.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(event_to_json(event)) + "\n" for event in events)
    if changed is not None:
        os.utime(folder / "config.json", (changed, changed))
    return folder
