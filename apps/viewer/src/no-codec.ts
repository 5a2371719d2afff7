/** Stands in for codecs that Orrery's arrays never use (see vite.config.ts). */
export default {
  fromConfig(): never {
    throw new Error(
      'codec: the viewer reads uncompressed and gzip chunks only; write the rollouts with gzip',
    );
  },
};
