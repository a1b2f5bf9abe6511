"""Each mend works, and is still needed: the unmended emulator still shows the fault.

A test that fails on its *unmended* half says that upstream has mended it: delete ours.
"""
