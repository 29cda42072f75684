import { library } from '@dragonfab/build'

export default library({
  entry: ['src/index.ts', 'src/bin.ts'],
  splitting: true,
  dts: { entry: ['src/index.ts'], compilerOptions: { customConditions: [] } },
})
