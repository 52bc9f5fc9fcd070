const { src, dest } = require('gulp')

/** Copies what tsc leaves behind: icons and codex files, beside the compiled nodes. */
const assets = () => src('{nodes,credentials}/**/*.{svg,node.json}', { encoding: false }).pipe(dest('dist'))

exports.default = assets
