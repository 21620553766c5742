"""The batched interpreter: values in register files, one kernel a primitive and signature."""
