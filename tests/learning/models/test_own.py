"""A model that a person wrote: built, checked, trained, kept with its run, and told what is wrong with it."""

import shutil
import sys
from textwrap import dedent

import keras
import numpy as np
import pytest

from segstudio.assets import asset
from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.learning.config import TrainingConfig
from segstudio.learning.division import Division
from segstudio.learning.losses import cross_entropy
from segstudio.learning.models.build import with_probabilities
from segstudio.learning.models.own import OwnModelError, build_own, keep_own, load_run_model, takes_any_size
from segstudio.learning.models.taking_over import take_over
from segstudio.learning.prediction import Predictor
from segstudio.learning.recording import save_model, write_settings
from segstudio.learning.runs import open_run

SHAPE = (32, 48, 3)
EXAMPLE = asset("examples/own_model.py")
CLASSES = ClassList((ClassInfo(3, "ground", (0, 0, 0)), ClassInfo(7, "block", (0, 0, 0))))

OWN_LAYER = """
    import keras

    @keras.saving.register_keras_serializable("mine")
    class Twice(keras.layers.Layer):
        def call(self, x):
            return FACTOR * x

    FACTOR = 2.0

    def build(n_classes, input_shape):
        pictures = keras.Input((None, None, 3))
        return keras.Model(pictures, keras.layers.Conv2D(n_classes, 1)(Twice()(pictures)))
"""


@pytest.fixture
def write(tmp_path):
    def write(text, name="mine.py"):
        path = tmp_path / "code" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return write


def answer(model, *, shape=SHAPE):
    pictures = np.random.default_rng(0).integers(0, 256, (2, *shape), dtype=np.uint8).astype(np.float32)
    return keras.ops.convert_to_numpy(model(pictures, training=False))


def softmax(values):
    return keras.ops.convert_to_numpy(keras.ops.softmax(values))


def ending(tail, *, shape="input_shape"):
    return f"""
        import keras
        from keras import layers

        def build(n_classes, input_shape):
            h, w, c = input_shape
            pictures = keras.Input({shape})
            x = layers.Rescaling(1 / 255)(pictures)
            {tail}
            return keras.Model(pictures, x)
    """


def make_run(folder, model_file, model, *, input_size=SHAPE[:2]):
    folder.mkdir()
    config = TrainingConfig(dataset=folder, architecture="own", model_file=model_file, input_size=input_size)
    write_settings(folder, config, CLASSES, Division((), ()), sha256=None)
    keep_own(model_file, folder)
    save_model(with_probabilities(model), folder / "model.keras")
    return open_run(folder)


# What is welcome


def test_the_example_learns_two_colours():
    keras.utils.set_random_seed(0)
    model = build_own(EXAMPLE, 2, SHAPE)
    pictures = np.full((2, *SHAPE), (60, 90, 60), np.float32)
    targets = np.zeros(pictures.shape[:3], np.uint8)
    pictures[:, 8:24, 8:32], targets[:, 8:24, 8:32] = (220, 60, 50), 1
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=cross_entropy)
    model.fit(pictures, targets, epochs=12, batch_size=2, verbose=0)
    assert (answer_of(model, pictures).argmax(-1) == targets).mean() > 0.95


def answer_of(model, pictures):
    return keras.ops.convert_to_numpy(model(pictures, training=False))


def test_the_example_is_the_net_of_the_articles():
    model = build_own(EXAMPLE, 2, SHAPE)
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.filters for layer in convolutions] == [32, 32, 64, 64, 128, 128, 64, 64, 32, 32, 2]
    assert {layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)} == {0.2}
    assert convolutions[-1].activation is keras.activations.linear


@pytest.mark.parametrize(
    "tail",
    [
        "x = layers.Conv2D(n_classes, 1)(x)",
        "x = layers.Conv2D(n_classes, 1, activation='softmax')(x)",
        "x = layers.Softmax()(layers.Conv2D(n_classes, 1)(x))",
        "x = layers.Activation('softmax')(layers.Conv2D(n_classes, 1)(x))",
        "x = keras.ops.softmax(layers.Conv2D(n_classes, 1)(x))",
        "x = layers.Activation('softmax')(layers.Reshape((h * w, n_classes))(layers.Conv2D(n_classes, 1)(x)))",
        "x = layers.Reshape((h * w, -1))(layers.Conv2D(n_classes, 1, activation='softmax')(x))",
        "x = layers.Conv2D(n_classes, 1, dtype='mixed_bfloat16')(x)",
    ],
    ids=["logits", "softmax within", "softmax layer", "activation", "function", "flat", "laid flat later", "bfloat16"],
)
def test_logits_come_out_whatever_the_end_is(write, tail):
    """Of the same weights: the softmax of what comes out is what the person's own model answers."""
    model = build_own(write(ending(tail)), 3, SHAPE)
    kernel = next(layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)).weights[0]
    kernel.assign(np.random.default_rng(1).normal(0, 1, kernel.shape))
    logits = answer(model)
    assert logits.shape == (2, *SHAPE[:2], 3)
    assert logits.dtype == np.float32
    pictures = np.random.default_rng(0).integers(0, 256, (2, *SHAPE), dtype=np.uint8) / 255
    wanted = softmax(pictures @ np.asarray(kernel)[0, 0])
    np.testing.assert_allclose(softmax(logits), wanted, atol=3e-2 if "bfloat16" in tail else 1e-5)


def test_a_sequential_model_and_a_class_of_models_are_welcome(write):
    sequential = write(
        """
        import keras

        def build(n_classes, input_shape):
            return keras.Sequential([keras.Input(input_shape), keras.layers.Conv2D(n_classes, 3, padding="same")])
        """
    )
    subclass = write(
        """
        import keras

        class Net(keras.Model):
            def __init__(self, n_classes, **options):
                super().__init__(**options)
                self.n_classes = n_classes
                self.head = keras.layers.Conv2D(n_classes, 1)

            def call(self, pictures):
                return self.head(pictures / 255)

            def get_config(self):
                return {**super().get_config(), "n_classes": self.n_classes}

        def build(n_classes, input_shape):
            return Net(n_classes)
        """,
        "net.py",
    )
    for path in (sequential, subclass):
        assert answer(build_own(path, 2, SHAPE)).shape == (2, *SHAPE[:2], 2)


def test_a_size_may_be_fixed_or_free(write):
    tail = "x = layers.Conv2D(n_classes, 3, padding='same')(x)"
    fixed, free = (
        build_own(write(ending(tail, shape=shape)), 2, SHAPE) for shape in ("input_shape", "(None, None, 3)")
    )
    assert (takes_any_size(fixed), takes_any_size(free)) == (False, True)
    assert answer(free, shape=(17, 23, 3)).shape == (2, 17, 23, 2)


def test_modules_beside_the_file_can_be_imported_and_are_forgotten_again(write, tmp_path):
    write("FILTERS = 5", "sizes_of_mine.py")
    write("def later(): return 6", "only_in_build.py")
    path = write(
        """
        import keras
        from sizes_of_mine import FILTERS

        def build(n_classes, input_shape):
            from only_in_build import later
            pictures = keras.Input(input_shape)
            x = keras.layers.Conv2D(FILTERS + later(), 1)(pictures)
            return keras.Model(pictures, keras.layers.Conv2D(n_classes, 1)(x))
        """
    )
    before = list(sys.path)
    model = build_own(path, 2, SHAPE)
    assert model.layers[1].filters == 11
    assert sys.path == before
    assert not {"sizes_of_mine", "only_in_build"} & set(sys.modules)
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["mine.py", "only_in_build.py", "sizes_of_mine.py"]


# What stays with the run


@pytest.mark.parametrize("name", ["example", "own layer"])
def test_a_run_is_used_anywhere_without_the_persons_file(write, tmp_path, name):
    """R39: a fixed size and a free one, for pictures of any size."""
    path = write(EXAMPLE.read_text(encoding="utf-8") if name == "example" else OWN_LAYER)
    model = build_own(path, 2, SHAPE)
    make_run(tmp_path / "run", path, model)
    shutil.move(tmp_path / "run", tmp_path / "elsewhere")
    shutil.rmtree(path.parent)
    run = open_run(tmp_path / "elsewhere")
    np.testing.assert_allclose(answer(load_run_model(run)), softmax(answer(model)), atol=1e-6)
    picture = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    mask = Predictor(run.folder).predict(picture)
    assert mask.shape == (50, 70)
    assert set(np.unique(mask)) <= {3, 7}


def test_two_runs_whose_layers_have_one_name_keep_each_their_own(write, tmp_path):
    twice, thrice = (write(OWN_LAYER.replace("2.0", factor), f"by{factor[0]}.py") for factor in ("2.0", "3.0"))
    models = [build_own(path, 2, SHAPE) for path in (twice, thrice)]
    runs = [make_run(tmp_path / path.stem, path, model) for path, model in zip((twice, thrice), models, strict=True)]
    for run, model in zip([*runs, *runs], [*models, *models], strict=True):
        np.testing.assert_allclose(answer(load_run_model(run)), softmax(answer(model)), atol=1e-6)


def test_what_a_file_imports_from_beside_it_is_kept_too(write, tmp_path):
    write("from second_of_mine import SCALE", "first_of_mine.py")
    write("SCALE = 0.25", "second_of_mine.py")
    write("", "not_imported.py")
    path = write(OWN_LAYER.replace("FACTOR = 2.0", "from first_of_mine import SCALE as FACTOR"))
    model = build_own(path, 2, SHAPE)
    run = make_run(tmp_path / "run", path, model)
    shutil.rmtree(path.parent)
    kept = sorted(entry.name for entry in (run.folder / "own_model").iterdir())
    assert kept == ["first_of_mine.py", "mine.py", "second_of_mine.py"]
    np.testing.assert_allclose(answer(load_run_model(run)), softmax(answer(model)), atol=1e-6)


def test_a_model_of_kerass_layers_needs_no_code(tmp_path, write):
    path = write(EXAMPLE.read_text(encoding="utf-8"))
    model = build_own(path, 2, SHAPE)
    run = make_run(tmp_path / "run", path, model)
    (run.folder / "own_model" / "mine.py").write_text("import something_that_is_not_here", encoding="utf-8")
    np.testing.assert_allclose(answer(load_run_model(run)), softmax(answer(model)), atol=1e-6)


def test_an_own_model_begins_with_the_weights_of_its_own_run(write, tmp_path):
    """Keras counts the names of layers on: the second model of one code has other names."""
    path = write(OWN_LAYER.replace("Twice()(pictures)", "keras.layers.Conv2D(4, 3, padding='same')(Twice()(pictures))"))
    first = build_own(path, 2, SHAPE)
    make_run(tmp_path / "run", path, first)
    second = build_own(path, 2, SHAPE)
    assert [layer.name for layer in first.layers] != [layer.name for layer in second.layers]
    taken = take_over(second, tmp_path / "run", CLASSES)
    assert taken.layers == taken.of == 2
    np.testing.assert_allclose(answer(second), answer(first), atol=1e-5)


# What is wrong


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def build(n_classes, input_shape)\n    pass", r"^mine\.py, line 1: expected ':'\.$"),
        ("import nonsense_package", r"^mine\.py, line 1: ModuleNotFoundError: No module named 'nonsense_package'$"),
        ("def make(): pass", r"^mine\.py has no function build\. Write: def build\(n_classes, input_shape\)$"),
        ("def build(n_classes): pass", r"^mine\.py: build cannot be called with two arguments"),
        (
            "def build(n, shape):\n    x = 1\n    return x / 0",
            r"^mine\.py, line 3: ZeroDivisionError: division by zero$",
        ),
        ("def build(n, shape):\n    import sys\n    sys.exit('bye')", r"^mine\.py, line 3: SystemExit: bye$"),
        ("def build(n, shape): return 3", r"^mine\.py: build must return a Keras model\. It returned int\.$"),
    ],
)
def test_an_error_of_the_code_is_told_with_its_line(write, text, message):
    path = write("")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OwnModelError, match=message):
        build_own(path, 2, SHAPE)


def test_an_error_within_keras_is_told_with_the_persons_line(write):
    path = write(ending("x = layers.Concatenate()([x, layers.MaxPooling2D()(x)])"))
    with pytest.raises(OwnModelError, match=r"^mine\.py, line 9: ValueError: A `Concatenate` layer requires"):
        build_own(path, 2, SHAPE)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(OwnModelError, match=r"nothing\.py cannot be read: No such file"):
        build_own(tmp_path / "nothing.py", 2, SHAPE)


@pytest.mark.parametrize(
    ("tail", "shape", "message"),
    [
        ("x = layers.Conv2D(5, 1)(x)", "input_shape", "answers 5 channels, 3 classes count"),
        ("x = layers.Conv2D(1, 1, activation='sigmoid')(x)", "input_shape", "answer two channels with a softmax"),
        ("x = layers.Conv2D(n_classes, 1, strides=2)(x)", "input_shape", r"answers \(16, 24, 3\).*enlarge"),
        ("x = layers.Dense(n_classes)(layers.GlobalAveragePooling2D()(x))", "input_shape", r"answers \(3,\)"),
        ("x = layers.Conv2D(n_classes, 1)(x)", "(64, 64, 3)", r"takes pictures of shape \(64, 64, 3\)"),
        ("x = layers.Dense(n_classes)(x)", "(32,)", r"takes inputs of shape \(32,\)"),
        ("x = keras.ops.cast(layers.Conv2D(n_classes, 1)(x) > 0, 'int32')", "input_shape", "answers int32"),
        (
            "x = layers.Concatenate()([x, layers.UpSampling2D(8)(layers.MaxPooling2D(8)(x))])",
            "(None, None, 3)",
            "does not answer pictures of 33 × 47",
        ),
    ],
)
def test_a_model_that_cannot_be_trained_is_refused(write, tail, shape, message):
    size = (33, 47, 3) if "33" in message else SHAPE
    with pytest.raises(OwnModelError, match=rf"^mine\.py: the model .*{message}"):
        build_own(write(ending(tail, shape=shape)), 3, size)


def test_a_layer_that_cannot_be_loaded_again_is_refused_before_training(write):
    path = write(
        """
        import keras

        class Scale(keras.layers.Layer):
            def __init__(self, factor):
                super().__init__()
                self.factor = lambda x: factor * x

            def call(self, x):
                return self.factor(x)

            def get_config(self):
                return super().get_config()

        def build(n_classes, input_shape):
            pictures = keras.Input(input_shape)
            return keras.Model(pictures, keras.layers.Conv2D(n_classes, 1)(Scale(2)(pictures)))
        """
    )
    with pytest.raises(OwnModelError, match=r"cannot be saved and loaded again: .*get_config"):
        build_own(path, 2, SHAPE)
