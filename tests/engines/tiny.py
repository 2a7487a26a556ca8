"""A MusicGen of a few thousand random weights, saved as checkpoints are: the real code runs on it, offline."""

from __future__ import annotations

import string
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import (
    EncodecConfig,
    MusicgenConfig,
    MusicgenDecoderConfig,
    MusicgenForConditionalGeneration,
    MusicgenMelodyConfig,
    MusicgenMelodyDecoderConfig,
    MusicgenMelodyForConditionalGeneration,
    PreTrainedTokenizerFast,
    T5Config,
)

CODEBOOKS, VOCABULARY = 4, 64
PACE, RATE = 50, 32000  # as the real ones have


def save(folder: Path, *, channels: int = 1, melody: bool = False) -> Path:
    torch.manual_seed(0)
    text = T5Config(
        vocab_size=64, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, is_encoder_decoder=False,
        is_gated_act=True, feed_forward_proj="gated-gelu", use_cache=False,
    )  # fmt: skip
    codec = EncodecConfig(
        target_bandwidths=[PACE * CODEBOOKS * 6 / 1000], sampling_rate=RATE, audio_channels=1, num_filters=2,
        num_residual_layers=1, upsampling_ratios=[8, 5, 4, 4], codebook_size=VOCABULARY, codebook_dim=8,
        hidden_size=8, num_lstm_layers=1, use_causal_conv=False, norm_type="weight_norm", normalize=False,
    )  # fmt: skip
    decoder_class = MusicgenMelodyDecoderConfig if melody else MusicgenDecoderConfig
    decoder = decoder_class(
        vocab_size=VOCABULARY, hidden_size=16, ffn_dim=32, num_hidden_layers=2, num_attention_heads=2,
        num_codebooks=CODEBOOKS * channels, audio_channels=channels, pad_token_id=VOCABULARY,
        bos_token_id=VOCABULARY, eos_token_id=None,
    )  # fmt: skip
    config_class = MusicgenMelodyConfig if melody else MusicgenConfig
    model_class = MusicgenMelodyForConditionalGeneration if melody else MusicgenForConditionalGeneration
    config = config_class(text_encoder=text.to_dict(), audio_encoder=codec.to_dict(), decoder=decoder.to_dict())
    model = model_class(config).eval()
    model.generation_config.decoder_start_token_id = VOCABULARY
    model.generation_config.pad_token_id = VOCABULARY
    model.generation_config.bos_token_id = VOCABULARY
    model.generation_config.do_sample = True
    model.generation_config.guidance_scale = 3.0
    model.generation_config.max_length = 1500
    for layer in model.audio_encoder.quantizer.layers:  # all zero as it is made: silence
        layer.codebook.embed.copy_(5 * torch.randn_like(layer.codebook.embed))
    for name, values in model.audio_encoder.decoder.named_parameters():  # which would drown the rest
        if name.endswith("bias"):
            torch.nn.init.zeros_(values)
    model.save_pretrained(folder)
    letters = {letter: number for number, letter in enumerate(["<pad>", "</s>", "<unk>", *string.ascii_lowercase])}
    tokenizer = Tokenizer(models.WordLevel(letters, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=64
    ).save_pretrained(folder)
    return folder
