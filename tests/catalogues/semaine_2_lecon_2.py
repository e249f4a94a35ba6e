"""Leçon 2, semaine 2 : ce que les contrôles de l'image doivent refuser, et avec quel message."""

import numpy as np


def slope_only(dataset):
    return np.where(dataset.pixel_array == dataset.get("PixelPaddingValue"), -1000, dataset.pixel_array * 2)


def not_converted(dataset):
    return dataset.pixel_array


def without_intercept(dataset):
    stored = dataset.pixel_array
    return np.where(stored == dataset.get("PixelPaddingValue"), -1000, stored * dataset.RescaleSlope)


def without_slope(dataset):
    stored = dataset.pixel_array
    return np.where(stored == dataset.get("PixelPaddingValue"), -1000, stored + dataset.RescaleIntercept)


def hard_coded_intercept(dataset):
    stored = dataset.pixel_array
    return np.where(stored == dataset.get("PixelPaddingValue"), -1000, stored * dataset.RescaleSlope - 1024)


def padding_forgotten(dataset):
    return dataset.pixel_array * dataset.RescaleSlope + dataset.RescaleIntercept


def padding_hard_coded(dataset):
    return np.where(dataset.pixel_array == -2000, -1000, padding_forgotten(dataset))


def padding_on_converted(dataset):
    values = padding_forgotten(dataset)
    values[values == dataset.get("PixelPaddingValue")] = -1000
    return values


def padding_below(dataset):
    padding = dataset.get("PixelPaddingValue", -(10**9))
    return np.where(dataset.pixel_array <= padding, -1000, padding_forgotten(dataset))


def padding_before(dataset):
    stored = dataset.pixel_array.copy()
    stored[stored == dataset.get("PixelPaddingValue")] = -1000
    return stored * dataset.RescaleSlope + dataset.RescaleIntercept


def padding_elsewhere(dataset):
    return np.where(dataset.pixel_array == dataset.get("PixelPaddingValue"), padding_forgotten(dataset), -1000)


def slope_for_intercept(dataset):
    values = dataset.pixel_array * dataset.RescaleIntercept + dataset.RescaleSlope
    return np.where(dataset.pixel_array == dataset.get("PixelPaddingValue"), -1000, values)


def augmented_assignment(dataset):
    values = dataset.pixel_array.copy()
    values *= dataset.RescaleSlope
    return values + dataset.RescaleIntercept


def wrong_name(dataset):
    return dataset.pixels * dataset.RescaleSlope


def padding_as_water(dataset):
    return np.where(dataset.pixel_array == dataset.get("PixelPaddingValue"), 0, padding_forgotten(dataset))


def padding_required(dataset):
    return np.where(dataset.pixel_array == dataset.PixelPaddingValue, -1000, padding_forgotten(dataset))


def in_short_integers(dataset):
    values = dataset.pixel_array * int(dataset.RescaleSlope) + int(dataset.RescaleIntercept)
    return np.where(dataset.pixel_array == dataset.get("PixelPaddingValue"), -1000, values)


def flattened(dataset):
    return padding_right(dataset).ravel()


def padding_right(dataset):
    return np.where(dataset.pixel_array == dataset.get("PixelPaddingValue"), -1000, padding_forgotten(dataset))


def capped(dataset):
    return np.clip(padding_right(dataset), -1000, 3000)


def transposed(dataset):
    return padding_right(dataset).T


def hounsfield_without_return(dataset):
    padding_right(dataset)


TO_HOUNSFIELD = [
    (slope_only, "pas celui attendu"),
    (not_converted, "valeurs stockées"),
    (without_intercept, "ordonnée à l'origine (RescaleIntercept) manque"),
    (without_slope, "pente (RescaleSlope) manque"),
    (hard_coded_intercept, "pas celui attendu"),
    (padding_forgotten, "comme des mesures"),
    (padding_hard_coded, "comme des mesures"),
    (padding_on_converted, "valeur STOCKÉE"),
    (padding_below, "pas celui attendu"),
    (padding_before, "AVANT de convertir"),
    (padding_elsewhere, "choix de `np.where`"),
    (slope_for_intercept, "sont échangées"),
    (augmented_assignment, "type entier"),
    (wrong_name, "relisez son nom"),
    (padding_as_water, "et non 0"),
    (padding_required, "dataset.get"),
    (in_short_integers, "pas celui attendu"),
    (flattened, "la forme est"),
    (capped, "pas celui attendu"),
    (transposed, "la forme est"),
    (hounsfield_without_return, "`return`"),
    (3, "on attend une fonction"),
]


def linear(values, center, width):
    return (values - (center - 0.5)) / (width - 1) + 0.5


def everyday_window(values, center, width):
    low, high = center - width / 2, center + width / 2
    return np.clip((values - low) / (high - low), 0, 1)


def without_half(values, center, width):
    return np.clip((values - center) / (width - 1) + 0.5, 0, 1)


def without_one(values, center, width):
    return np.clip((values - center + 0.5) / width + 0.5, 0, 1)


def without_middle(values, center, width):
    return np.clip((values - center + 0.5) / (width - 1), 0, 1)


def parentheses_lost(values, center, width):
    return np.clip((values - center - 0.5) / (width - 1) + 0.5, 0, 1)


def division_lost(values, center, width):
    return np.clip((values - (center - 0.5)) / width - 1 + 0.5, 0, 1)


def eight_bits(values, center, width):
    return np.round(np.clip(linear(values, center, width), 0, 1) * 255).astype(np.uint8)


def rounded_gray(values, center, width):
    return np.round(np.clip(linear(values, center, width), 0, 1), 2)


def negative(values, center, width):
    return np.clip(1 - linear(values, center, width), 0, 1)


def between_minus_one_and_one(values, center, width):
    return np.clip(linear(values, center, width), -1, 1)


def difference_not_grouped(values, center, width):
    return np.clip(values - (center - 0.5) / (width - 1) + 0.5, 0, 1)


def half_in_the_denominator(values, center, width):
    return np.clip((values - center + 0.5) / (width - 0.5), 0, 1)


def truncated_bytes(values, center, width):
    return (255 * np.clip(linear(values, center, width), 0, 1)).astype("uint8")


def cut_only(values, center, width):
    return np.minimum(np.maximum(values, center - width / 2), center + width / 2)


def one_line_at_a_time(values, center, width):
    return np.array([min(1, max(0, linear(value, center, width))) for value in values])


def with_if(values, center, width):
    gray = linear(values, center, width)
    return 0 if gray < 0 else 1 if gray > 1 else gray


def decimal_comma(values, center, width):
    return np.clip((values - (center - 0, 5)) / (width - 1) + 0.5, 0, 1)


def masked(values, center, width):
    gray = linear(values, center, width)
    return np.where((gray < 0) | (gray > 1), 0, gray)


def fixed_window(values, center, width):
    return np.clip(linear(values, 40, 400), 0, 1)


def in_place_window(values, center, width):
    values -= center - 0.5
    return np.clip(values / (width - 1) + 0.5, 0, 1)


def as_mean(values, center, width):
    return np.clip(linear(values, center, width), 0, 1).mean()


def window_arguments_swapped(values, center, width):
    return np.clip(linear(values, width, center), 0, 1)


WINDOW = [
    (linear, "rien n'est coupé"),
    (everyday_window, "formule usuelle"),
    (without_half, "−0,5 manque"),
    (without_one, "−1 manque"),
    (without_middle, "+ 0,5 final"),
    (parentheses_lost, "signe du 0,5"),
    (division_lost, "divisez par (w − 1)"),
    (eight_bits, "pas celui attendu"),
    (rounded_gray, "pas celui attendu"),
    (negative, "échangés"),
    (between_minus_one_and_one, "pas celui attendu"),
    (difference_not_grouped, "toute la différence"),
    (half_in_the_denominator, "APRÈS la division"),
    (truncated_bytes, "des octets"),
    (cut_only, "sans les étaler"),
    (one_line_at_a_time, "`np.clip`"),
    (with_if, "`np.clip`"),
    (decimal_comma, "virgule"),
    (masked, "pas celui attendu"),
    (fixed_window, "pas celui attendu"),
    (in_place_window, "en place"),
    (as_mean, "la forme est"),
    (window_arguments_swapped, "échangé `center` et `width`"),
]


def axes(dataset):
    orientation = np.array(dataset.ImageOrientationPatient)
    return orientation[:3], orientation[3:]


def z(dataset):
    return dataset.ImagePositionPatient[2]


def number(dataset):
    return dataset.InstanceNumber


def location(dataset):
    return dataset.SliceLocation


def upside_down(dataset):
    rows, columns = axes(dataset)
    return np.dot(np.cross(columns, rows), dataset.ImagePositionPatient)


def along_rows(dataset):
    return np.dot(axes(dataset)[0], dataset.ImagePositionPatient)


def along_columns(dataset):
    return np.dot(axes(dataset)[1], dataset.ImagePositionPatient)


def normal_only(dataset):
    return np.cross(*axes(dataset))


def normal_times_position(dataset):
    return np.cross(*axes(dataset)) * dataset.ImagePositionPatient


def to_the_origin(dataset):
    return np.sqrt(np.sum(np.square(dataset.ImagePositionPatient)))


def folded(dataset):
    return abs(np.dot(np.cross(*axes(dataset)), dataset.ImagePositionPatient))


def in_slices(dataset):
    return np.dot(np.cross(*axes(dataset)), dataset.ImagePositionPatient) / dataset.SliceThickness


def whole_millimetres(dataset):
    return round(float(np.dot(np.cross(*axes(dataset)), dataset.ImagePositionPatient)))


def third_of_the_normal(dataset):
    return np.cross(*axes(dataset))[2] * dataset.ImagePositionPatient[2]


def interleaved(dataset):
    orientation = np.reshape(dataset.ImageOrientationPatient, (3, 2))
    return np.dot(np.cross(orientation[:, 0], orientation[:, 1]), dataset.ImagePositionPatient)


def projected_point(dataset):
    normal = np.cross(*axes(dataset))
    return normal * np.dot(normal, dataset.ImagePositionPatient)


def six_by_three(dataset):
    return np.dot(dataset.ImageOrientationPatient, dataset.ImagePositionPatient)


def position_without_return(dataset):
    np.dot(np.cross(*axes(dataset)), dataset.ImagePositionPatient)


SLICE_POSITION = [
    (z, "inclinée"),
    (number, "est un numéro"),
    (location, "facultatif"),
    (upside_down, "à l'envers"),
    (along_rows, "direction des lignes"),
    (along_columns, "direction des colonnes"),
    (normal_only, "vous rendez la normale"),
    (normal_times_position, "faire la somme"),
    (to_the_origin, "distance à l'origine"),
    (folded, "valeur absolue"),
    (in_slices, "pas celui attendu"),
    (whole_millimetres, "pas celui attendu"),
    (third_of_the_normal, "pas celui attendu"),
    (interleaved, "`[:3]`"),
    (projected_point, "un seul nombre"),
    (six_by_three, "trois nombres"),
    (position_without_return, "`return`"),
]

WRONG = {"to_hounsfield": TO_HOUNSFIELD, "window": WINDOW, "slice_position": SLICE_POSITION}
