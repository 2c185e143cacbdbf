"""What people use to listen and to publish, and the script that derives their types from the catalogue."""
