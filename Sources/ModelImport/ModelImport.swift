// ModelImport
