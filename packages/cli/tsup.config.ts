import { library } from '@dragonfab/build'

// One chunk for each command, so that --help loads none of them.
export default library({
  entry: ['src/index.ts', 'src/bin.ts'],
  splitting: true,
  dts: { entry: ['src/index.ts'], compilerOptions: { customConditions: [] } },
})
