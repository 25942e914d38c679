/** Texts of the Audio dashboard: `[English, 简体中文]`. */
export const audio = {
  'audio.title': ['Audio', '音频'],
  'audio.hint': [
    'writer.add_audio("sound", waveform, step, sample_rate=44100)',
    'writer.add_audio("sound", waveform, step, sample_rate=44100)',
  ],
  'audio.chart': ['Waveform of {name}', '{name} 的波形'],
  'audio.play': ['Play', '播放'],
  'audio.pause': ['Pause', '暂停'],
  'audio.volume': ['Volume', '音量'],
  'audio.spectrogram': ['Spectrogram', '频谱图'],
  'audio.spectrogram.hint': [
    'Strength of each frequency over time, in decibels below a full-scale sine',
    '各频率随时间的强度，以满幅正弦以下的分贝表示',
  ],
  'audio.rate': ['{n} Hz', '{n} Hz'],
  'audio.mono': ['mono', '单声道'],
  'audio.stereo': ['stereo', '立体声'],
  'audio.channels': ['{n} channels', '{n} 个声道'],
  'audio.bits': ['{n} bit', '{n} 位'],
  'audio.time': ['{at} / {total} s', '{at} / {total} 秒'],
  'audio.pointed': ['{time} s, sample {n}', '{time} 秒，采样 {n}'],
  'audio.frequency': ['{n} Hz', '{n} Hz'],
  'audio.level': ['{n} dB', '{n} dB'],
  'audio.missing': ['This sound cannot be fetched: {message}', '无法获取此声音：{message}'],
  'audio.undecodable': [
    'This browser cannot play these bytes ({type}, {size}); they can be downloaded',
    '此浏览器无法播放这些数据（{type}，{size}）；可以下载',
  ],
  'audio.noWave': [
    'This browser plays this format but cannot show its waveform',
    '此浏览器可播放此格式，但无法显示其波形',
  ],
} as const satisfies Record<string, readonly [string, string]>;
