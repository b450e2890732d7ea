"""Writing a lesson in the window: its steps, their text beside the page that learners see, and what of the program they see."""
