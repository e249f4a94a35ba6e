"""Les attaques du cours : ce qu'un adversaire tire d'un modèle, mesuré avant et après la parade."""

from common.attacks.membership import (
    AttackRates,
    attack_rates,
    example_losses,
    lira_offline,
    lira_online,
    logit_confidence,
    loss_threshold_attack,
    shadow_logits,
    threshold_at_fpr,
    tpr_at_fpr,
)

__all__ = [
    "AttackRates",
    "attack_rates",
    "example_losses",
    "lira_offline",
    "lira_online",
    "logit_confidence",
    "loss_threshold_attack",
    "shadow_logits",
    "threshold_at_fpr",
    "tpr_at_fpr",
]
