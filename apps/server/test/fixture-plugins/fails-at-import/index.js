throw new Error('the module has a bug on line 1');
