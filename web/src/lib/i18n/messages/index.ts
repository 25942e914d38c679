import { audio } from './audio';
import { curves } from './curves';
import { frame } from './frame';
import { graph } from './graph';
import { histograms } from './histograms';
import { hparams } from './hparams';
import { images } from './images';
import { media } from './media';
import { mesh } from './mesh';
import { projector } from './projector';
import { profile } from './profile';
import { model } from './model';
import { text } from './text';
import { timeseries } from './timeseries';

/** The one message table: every visible string, `[English, 简体中文]`. */
export const messages = {
  ...frame,
  ...timeseries,
  ...media,
  ...images,
  ...histograms,
  ...curves,
  ...audio,
  ...graph,
  ...hparams,
  ...projector,
  ...mesh,
  ...profile,
  ...model,
  ...text,
} as const;

export type MessageKey = keyof typeof messages;
