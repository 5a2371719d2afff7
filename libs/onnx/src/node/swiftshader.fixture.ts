/** For tests: Vulkan without a GPU, from where browsers keep it. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';

/** SwiftShader's description, which Debian's chromium and Google's Chrome bring along. */
const places = [process.env.VK_DRIVER_FILES, '/usr/lib/chromium/vk_swiftshader_icd.json'].concat(
  ['chrome', 'chrome-unstable'].map((name) => `/opt/google/${name}/vk_swiftshader_icd.json`),
);

/** The environment of a process that may use it, or why there is none. */
export function softwareVulkan(): { readonly variables: NodeJS.ProcessEnv } | { readonly skipped: string } {
  const driver = places.find((place) => place !== undefined && existsSync(place));
  if (driver === undefined) {
    return { skipped: 'no vk_swiftshader_icd.json: install chromium, or set $VK_DRIVER_FILES to one' };
  }
  // The loader of Vulkan lies beside it.
  const libraries = [dirname(driver), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return { variables: { ...process.env, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: libraries } };
}
