import hooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import typescript from "typescript-eslint";

export default defineConfig(
  globalIgnores(["dist", "src/gen", "serviceWorker.js"]),
  typescript.configs.strictTypeChecked,
  typescript.configs.stylisticTypeChecked,
  hooks.configs.flat["recommended-latest"],
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers are as good as strings in a template.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // An arrow that only calls something reads better without braces.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Handlers may be async: what they reject with is shown by the query that failed.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      // The router throws its redirects and not-founds.
      "@typescript-eslint/only-throw-error": "off",
    },
  },
  { files: ["eslint.config.js"], extends: [typescript.configs.disableTypeChecked] },
);
