import { fileURLToPath } from 'node:url'

export default {
  context: fileURLToPath(new URL('.', import.meta.url)),
  entry: './src/index.js',
  output: { filename: 'main.js', clean: true },
  module: {
    rules: [
      { test: /\.txt$/, type: 'asset/source' },
      { test: /\.html$/, type: 'asset/resource', generator: { filename: '[name][ext]' } },
    ],
  },
}
