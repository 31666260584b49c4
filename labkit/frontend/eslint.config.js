// What the compiler does not check: unsafe markup, the direction of imports, and one style for private members.
import tseslint from "typescript-eslint";

const MARKUP = [
  "AssignmentExpression > MemberExpression.left[property.name=/^(inner|outer)HTML$/]",
  "CallExpression[callee.property.name=/^(insertAdjacentHTML|createContextualFragment|setHTMLUnsafe)$/]",
  "CallExpression[callee.object.name='document'][callee.property.name=/^write(ln)?$/]",
  "CallExpression[callee.name='eval']",
  "NewExpression[callee.name='Function']",
];
const PRIVATE = [
  "PropertyDefinition[accessibility]",
  "MethodDefinition[accessibility]",
  "TSParameterProperty",
];

const restrict = (selectors, message) => selectors.map((selector) => ({ selector, message }));
const imports = (regex, message, options = {}) => ({ patterns: [{ regex, message, ...options }] });

export default tseslint.config(
  {
    ignores: [
      "build/",
      "**/contract.ts",
      "**/*colors.ts",
      "**/family-tags.ts",
      "**/trace-file.ts",
      "**/step-rules.ts",
      "*.js",
      "*.mjs",
      "*.cjs",
    ],
  }, // generated, and not TypeScript
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "no-restricted-syntax": [
        "error",
        ...restrict(MARKUP, "Model text is hostile: it may enter the page as text nodes only."),
        ...restrict(PRIVATE, "Private members begin with #, and parameter properties are written out."),
      ],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-console": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
      "no-restricted-globals": ["error", "localStorage", "sessionStorage", "fetch"],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "separate-type-imports" }],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  {
    files: ["src/core/**"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        imports("^\\.\\./", "core imports neither views nor the plugin."),
      ],
    },
  },
  {
    files: [
      "src/play/checkpoint.ts",
      "src/play/lens-worker.ts",
      "src/play/service-worker.ts",
      "src/play/share.ts",
    ],
    rules: { "no-restricted-globals": ["error", "localStorage", "sessionStorage"] }, // they load files of the playground
  },
  {
    files: ["src/engine/**"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off", // the index of a loop over an array is in range
      "no-restricted-globals": [
        "error",
        "document",
        "window",
        "navigator",
        "localStorage",
        "sessionStorage",
        "fetch",
      ],
      "@typescript-eslint/no-restricted-imports": [
        "error",
        imports("^\\.\\./", "The engine imports its own files only, so that it can be read alone."),
      ],
    },
  },
  {
    files: ["src/engine/training/**"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        imports("^\\.\\./", "Training imports of the engine its types only.", { allowTypeImports: true }),
      ],
    },
  },
  {
    files: ["src/views/**"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        imports(
          "^\\.\\./(?!\\.\\./core/)",
          "A view imports core and its own files; what two views share belongs to core.",
        ),
      ],
    },
  },
  {
    files: ["src/views/**/draw*.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        "document",
        "window",
        "navigator",
        "getComputedStyle",
        "requestAnimationFrame",
      ],
      "@typescript-eslint/no-restricted-imports": [
        "error",
        imports(
          "^\\.\\./(?!\\.\\./core/)|core/(canvas|dom|kernel-channel|theme|token-text)$|^\\./(?!draw|contract|colors|family-tags|trace-file|step-rules)",
          "A draw module is pure: it imports types, other draw modules, and the pure modules of core.",
          { allowTypeImports: true },
        ),
      ],
    },
  },
);
