module.exports = "under /opt";
