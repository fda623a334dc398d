"""A model of your own for segstudio: a U-Net of three levels in plain Keras.

Choose this file, or a changed copy of it, as the model of a training. segstudio calls

    build(n_classes, input_shape)

with the number of classes to tell apart and with (height, width, 3) of the pictures in training, and trains the Keras
model that it gets back. The rules:

* The model gets RGB pictures with values from 0 to 255. Scaling them is part of the model: see the first line of build.
* It answers with n_classes numbers for each pixel, at the size of the picture: (height, width, n_classes), or flat as
  (height * width, n_classes). A softmax at the end is fine, and so is none.
* Here the sides of the pictures must be multiples of 4, since they are halved twice.
* Layers of your own are fine if they have get_config. Other files beside this one can be imported.

If something is wrong, segstudio says so before it trains, with the line.
"""

from keras import Input, Model
from keras.layers import Concatenate, Conv2D, Dropout, MaxPooling2D, Rescaling, UpSampling2D


def build(n_classes, input_shape):
    pictures = Input(input_shape)
    scaled = Rescaling(1 / 127.5, offset=-1)(pictures)

    # Down: 32, 64 and 128 filters, each level half as large as the one before.
    level1 = two_convolutions(scaled, 32)
    level2 = two_convolutions(MaxPooling2D()(level1), 64)
    level3 = two_convolutions(MaxPooling2D()(level2), 128)

    # Up again: twice as large, beside what was there on the way down.
    up2 = Concatenate()([UpSampling2D()(level3), level2])
    up2 = two_convolutions(up2, 64)
    up1 = Concatenate()([UpSampling2D()(up2), level1])
    up1 = two_convolutions(up1, 32)

    return Model(pictures, Conv2D(n_classes, 1, activation="softmax")(up1))


def two_convolutions(features, filters):
    features = Conv2D(filters, 3, padding="same", activation="relu")(features)
    features = Dropout(0.2)(features)
    return Conv2D(filters, 3, padding="same", activation="relu")(features)
