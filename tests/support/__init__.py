"""What tests are made with: the command under test, users, images, the search for what was left."""
