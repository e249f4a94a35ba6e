"""Des clients Flower autour d'un modèle Keras (TensorFlow) : la même fédération, un autre framework.

Keras range les noyaux autrement que PyTorch ; `interop` les transpose, pour que les deux frameworks échangent
exactement les mêmes tableaux.
"""

from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf
from flwr.app import Array, ArrayRecord
from flwr.clientapp import ClientApp

from common.data import Center, Split
from common.federated.client import client_app
from common.federated.interop import from_keras, to_keras
from common.federated.replies import numpy_arrays
from common.training import SGD


class KerasModel:
    """Adapte un modèle Keras fait de couches `Dense` ; `names` sont les noms PyTorch des paramètres, dans l'ordre."""

    def __init__(self, model: keras.Model, names: list[str], sgd: SGD) -> None:
        if len(names) != len(model.trainable_variables):
            raise ValueError(f"{len(model.trainable_variables)} paramètres dans le modèle, {len(names)} noms donnés.")
        sgd.require_plain("Le client Keras")
        self.model, self._names, self._sgd = model, names, sgd

    def load(self, arrays: ArrayRecord) -> None:
        """Remplace les paramètres ; `ValueError` si les noms diffèrent ou si une forme ne convient pas."""
        if list(arrays) != self._names:
            raise ValueError(f"Les tableaux reçus s'appellent {list(arrays)}, ce modèle attend {self._names}.")
        for variable, value in zip(self.model.trainable_variables, to_keras(numpy_arrays(arrays)), strict=True):
            variable.assign(value)

    def arrays(self) -> ArrayRecord:
        """Emballe les paramètres, dans l'ordre et la forme de PyTorch."""
        values = from_keras(self._names, [variable.numpy() for variable in self.model.trainable_variables])
        return ArrayRecord({name: Array(value) for name, value in values.items()})

    def train(self, split: Split, config: Mapping, rng: np.random.Generator) -> float:
        """Fait la même descente de gradient que `training.train`, lots compris, avec `tf.GradientTape`."""
        x, y = self._tensors(split)
        total = 0.0
        for batch in self._sgd.batches(len(split), rng):
            batch_loss = gradient_step(self.model, tf.gather(x, batch), tf.gather(y, batch), self._sgd.lr)
            total += float(batch_loss) * len(batch)
        return total / (self._sgd.epochs * len(split))

    def evaluate(self, split: Split) -> dict[str, float]:
        """Mesure `loss` et `accuracy`."""
        x, y = self._tensors(split)
        logits = self.model(x)
        predicted = (logits[:, 0] > 0).numpy() if logits.shape[1] == 1 else np.argmax(logits, axis=1)
        return {"loss": float(_loss(logits, y)), "accuracy": float(np.mean(predicted == split.y))}

    def _tensors(self, split: Split) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.convert_to_tensor(split.x, self.model.trainable_variables[0].dtype), tf.convert_to_tensor(split.y)


def gradient_step(model: keras.Model, x: tf.Tensor, y: tf.Tensor, lr: float) -> tf.Tensor:
    """Fait un pas de descente de gradient en place, sur un lot `x` `(n, d)`, `y` `(n,)` ; rend la perte d'avant."""
    with tf.GradientTape() as tape:
        batch_loss = _loss(model(x), y)
    variables = model.trainable_variables
    for variable, gradient in zip(variables, tape.gradient(batch_loss, variables), strict=True):
        variable.assign_sub(lr * gradient)
    return batch_loss


def _loss(logits: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Calcule la même entropie croisée que `training.loss`."""
    if logits.shape[1] == 1:
        labels = tf.cast(y, logits.dtype)
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits[:, 0]))
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))


def keras_client_app(model: keras.Model, names: list[str], dataset: Mapping[str, Center], sgd: SGD) -> ClientApp:
    """Construit un `ClientApp` autour d'un modèle Keras ; `names` sont les noms PyTorch des paramètres, dans l'ordre.

    Exemple : `["weight", "bias"]` pour une seule couche `Dense`. Erreur : `ValueError` si le compte n'y est pas.
    """
    return client_app(KerasModel(model, names, sgd), dataset)
