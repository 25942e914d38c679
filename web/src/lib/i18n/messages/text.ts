/** Texts of the Text dashboard: `[English, 简体中文]`. */
export const text = {
  'text.title': ['Text', '文本'],
  'text.hint': [
    'writer.add_text("notes", "**bold** $x^2$", step)',
    'writer.add_text("notes", "**bold** $x^2$", step)',
  ],
  'text.view': ['How texts are shown', '文本的显示方式'],
  'text.view.rendered': ['Rendered', '渲染'],
  'text.view.raw': ['Raw', '原文'],
  'text.empty': ['Empty text', '空文本'],
  'text.copy': ['Copy', '复制'],
  'text.copied': ['Copied', '已复制'],
  'text.copyFailed': ['The browser did not allow it', '浏览器不允许'],
  'text.diff': ['Compare', '比较'],
  'text.diff.equal': ['The texts are equal', '两段文本相同'],
  'text.diff.summary': [
    '{removed} {removed|line|lines} removed, {added} added',
    '删除 {removed} 行，新增 {added} 行',
  ],
  'text.diff.folded': ['{n} equal lines', '{n} 行相同'],
  'text.diff.left': ['Before', '之前'],
  'text.diff.right': ['After', '之后'],
  'text.diff.removed': ['removed', '删除'],
  'text.diff.added': ['added', '新增'],
  'text.shape': ['tensor of shape {shape}', '形状为 {shape} 的张量'],
} as const satisfies Record<string, readonly [string, string]>;
