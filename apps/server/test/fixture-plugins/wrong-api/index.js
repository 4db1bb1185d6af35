throw new Error('code of an incompatible plugin was run');
